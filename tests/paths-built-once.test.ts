import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isGenerated, isTest, type SourceFile } from './arrows/source-file.ts';
import forms from './paths/constructions.json' with { type: 'json' };
import { wordsOf } from './paths/contract-words.ts';
import { findConstructions } from './paths/find-constructions.ts';

const root = join(import.meta.dirname, '..');
const words = wordsOf(JSON.parse(readFileSync(join(root, 'contracts/filesystem_contract.json'), 'utf8')));

/** What is no path of the contract though it looks like one: where it is, how the report of it begins, and why. */
const allowed: readonly (readonly [file: string, says: string, why: string])[] = [
  ['ministack/src/loki/http/routes.ts', 'spells logs', 'an address of the HTTP API of Loki'],
  ['runner/src/lint/defaults.ts', 'adds to outputDir', 'a value that is proposed for path_map.deploy_root'],
  [
    'runner/src/adapters/embedded/world.ts',
    'adds to deployRoot',
    'a mount that the compose file names, maybe absolute',
  ],
];

const one = (text: string): readonly SourceFile[] => [{ path: 'runner/src/run/a.ts', text }];

/** The sources that make paths. What contracts/src/paths.ts does is what nobody else may. */
function checkout(): readonly SourceFile[] {
  const steps = readdirSync(join(root, 'steps')).map((name) => `steps/${name}/src`);
  return ['contracts/src', 'formats/src', 'ministack/src', 'runner/src', ...steps]
    .flatMap((dir) =>
      readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => ({ path: `${dir}/${name}`, text: readFileSync(join(root, dir, name), 'utf8') })),
    )
    .filter(({ path }) => !isTest(path) && !isGenerated(path) && path !== 'contracts/src/paths.ts');
}

describe('a path of the file-system contract', () => {
  it.each(forms.refused)('must not be made of $form', ({ source, says }) => {
    const found = findConstructions(one(source), words);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`runner/src/run/a.ts:1: ${says}`);
  });

  it.each(forms.accepted)('is not made of $form', ({ source }) => {
    expect(findConstructions(one(source), words)).toEqual([]);
  });

  it('must be guarded as soon as the contract names it', () => {
    const more = wordsOf({ schema_version: '1', output: { counters: 'index/counters.sqlite' } });
    expect(findConstructions(one("f(join(folder, 'counters.sqlite'), join(a, 'index', b));"), more)).toHaveLength(2);
    expect(findConstructions(one("f(join(folder, 'runs.jsonl'));"), more)).toEqual([]);
  });

  it('must be made in one place of this checkout', () => {
    const files = checkout();
    expect(files.map(({ path }) => path)).toContain('steps/apply/src/execute.ts');
    const found = findConstructions(files, words);
    const isAllowed = (line: string) =>
      allowed.some(([file, says]) => line.startsWith(`${file}:`) && line.includes(`: ${says}`));
    expect(found.filter((line) => !isAllowed(line))).toEqual([]);
    // An exception that is not needed any more goes.
    expect(allowed.filter(([file]) => !found.some((line) => line.startsWith(`${file}:`)))).toEqual([]);
  });
});
