import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docsOf, type ErrorCode, taxonomy } from '../contracts/src/index.ts';

const root = join(import.meta.dirname, '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb docs ü '));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function generate(...args: string[]) {
  const script = join(root, 'scripts/generate-docs.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--into', folder, ...args], { encoding: 'utf8' });
  return { status, said: stderr.trimEnd() };
}

const page = (path: string) => readFileSync(join(folder, path), 'utf8');

describe('the pages that are generated from the contracts', () => {
  it('must be called stale where they are missing, and current once they are written', () => {
    const missing = generate('--check');
    expect(missing.status).toBe(1);
    expect(missing.said).toContain('reference/environment.md (run');
    expect(missing.said).toContain('errors/env.md (run');
    expect(generate()).toEqual({ status: 0, said: '' });
    expect(generate('--check')).toEqual({ status: 0, said: '' });
  });

  it('must be named where one was edited or belongs to nothing, and be put right by writing them again', () => {
    appendFileSync(join(folder, 'errors/deps.md'), 'by hand\n');
    writeFileSync(join(folder, 'reference/old.md'), '');
    const { status, said } = generate('--check');
    expect(status).toBe(1);
    expect(said.split('\n').map((line) => /(\w+\/\w+\.md) \(run `pnpm generate`\)$/.exec(line)?.[1])).toEqual([
      'errors/deps.md',
      'reference/old.md',
    ]);
    expect(generate().status).toBe(0);
    expect(existsSync(join(folder, 'reference/old.md'))).toBe(false);
    expect(generate('--check').status).toBe(0);
  });

  it('must tell of a key its type, whether it is needed, its limits and its meaning', () => {
    expect(page('reference/environment.md').split('\n')).toEqual(
      expect.arrayContaining([
        '| `sources[].unreadable` | string | default `"warn"` | one of `skip`, `warn`, `fail` | What a file that matches and cannot be read means. |',
        '| `ports.<name>` | integer |  | at least 1024; at most 65535 |  |',
        '| `path_map.output_dir` | string | default `"out"` |  | Runs and their index; relative to repo_root. |',
        '| `sources[].labels.job` | string | required | not empty | The source in queries. |',
      ]),
    );
    expect(page('reference/health-contract.md')).toContain('where `type` is `json`; matches `^\\$`');
  });

  it('must have a row for every key of their schema', () => {
    const names = (schema: unknown): readonly string[] =>
      Object.entries((schema ?? {}) as Record<string, unknown>).flatMap(([key, value]) => {
        if (typeof value !== 'object') return [];
        return key === 'properties'
          ? [...Object.keys(value as object), ...Object.values(value as object).flatMap(names)]
          : names(value);
      });
    for (const [file, schema] of [
      ['environment', 'bootstrap'],
      ['pipeline', 'pipeline'],
      ['stack', 'stack'],
      ['health-contract', 'health-contract'],
      ['secrets-policy', 'secrets-policy'],
    ]) {
      const rows = [...page(`reference/${file}.md`).matchAll(/^\| `([^`]+)` \|/gm)].map(([, path]) =>
        path?.split('.').at(-1),
      );
      const keys = names(JSON.parse(readFileSync(join(root, `contracts/schemas/${schema}.schema.json`), 'utf8')));
      expect(keys.filter((key) => !rows.some((row) => row?.replaceAll('[]', '') === key))).toEqual([]);
      expect(keys.length).toBeGreaterThan(4);
    }
  });
});

describe('docsOf', () => {
  it('must name a page and a heading that there is, for every code', () => {
    const broken = (Object.keys(taxonomy.errors) as ErrorCode[]).filter((code) => {
      const [path = '', anchor = ''] = docsOf(code).split('#');
      return !page(path.replace(/^docs\//, '')).includes(`\n## ${anchor.toUpperCase()}\n`);
    });
    expect(broken).toEqual([]);
    expect(docsOf('E_ENV_LOCKED')).toBe('docs/errors/env.md#e_env_locked');
  });
});
