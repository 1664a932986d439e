import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations } from './arrows/find-violations.ts';
import type { SourceFile } from './arrows/source-file.ts';

const root = join(import.meta.dirname, '..');

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly reported?: string;
}

const apply = 'steps/apply/src/plan.ts';
const adapter = 'runner/src/adapters/docker.ts';
const one = (path: string, text: string): Case['files'] => ({ [path]: text });
const lines = (count: number): string => 'export {};\n'.repeat(count);

const forbidden: Readonly<Record<string, Case>> = {
  'contracts importing a room': {
    files: one('contracts/src/a.ts', "import { x } from '@plumbline/formats/yaml';"),
    reported: 'contracts/src/a.ts: imports formats, which contracts may not',
  },
  'contracts doing I/O': {
    files: one('contracts/src/a.ts', "import { readFileSync } from 'node:fs';"),
    reported: 'contracts/src/a.ts: imports node:fs in a pure room',
  },
  'formats importing a step': {
    files: one('formats/src/a.ts', "export * from '@plumbline/apply';"),
    reported: 'imports steps/apply, which formats may not',
  },
  'a step importing a step': {
    files: one(apply, "import type { Report } from '@plumbline/verify';"),
    reported: 'imports steps/verify, which steps/apply may not',
  },
  'a step importing the runner, lazily': {
    files: one(apply, "const x = await import('../../../runner/src/adapters/docker.ts');"),
    reported: 'imports runner/adapters, which steps/apply may not',
  },
  'a test of a step importing a step': {
    files: one('steps/apply/src/plan.test.ts', "import { x } from '@plumbline/verify';"),
    reported: 'imports steps/verify, which steps/apply may not',
  },
  'a step naming the type of another': {
    files: one(apply, "export type X = import('@plumbline/verify').X;"),
    reported: 'imports steps/verify, which steps/apply may not',
  },
  'a step importing I/O': {
    files: one(apply, "import { spawn } from 'node:child_process';"),
    reported: 'imports node:child_process in a pure room',
  },
  'a step drawing random bytes': {
    files: one(apply, "import { randomBytes } from 'node:crypto';"),
    reported: 'imports node:crypto in a pure room',
  },
  'a step calling fetch': { files: one(apply, "await fetch('x');"), reported: 'uses fetch in a pure room' },
  'a step reading the environment': { files: one(apply, 'export const x = process.env;'), reported: 'uses process' },
  'a step passing process on': { files: one(apply, 'export const x = { process };'), reported: 'uses process' },
  'a step reading the clock': { files: one(apply, 'export const now = () => Date.now();'), reported: 'uses Date' },
  'a step making a date': { files: one(apply, 'export const x = new Date(1).toISOString();'), reported: 'uses Date' },
  'contracts reading the clock': {
    files: one('contracts/src/a.ts', 'export const x = new Date();'),
    reported: 'uses Date',
  },
  'formats reading the clock': {
    files: one('formats/src/a.ts', 'export const x = Date.now();'),
    reported: 'uses Date',
  },
  'a step setting a timer': { files: one(apply, 'setTimeout(() => {}, 1);'), reported: 'uses setTimeout' },
  'a step setting a timer on a signal': {
    files: one(apply, 'export const s = AbortSignal.timeout(1);'),
    reported: 'uses AbortSignal.timeout',
  },
  'a step printing': { files: one(apply, "console.log('x');"), reported: 'uses console' },
  'a step rolling dice': { files: one(apply, 'export const x = Math.random();'), reported: 'uses Math.random' },
  'a step rolling dice by another name': {
    files: one(apply, 'const { random } = Math;'),
    reported: 'uses Math.random',
  },
  'a step rolling dice by index': { files: one(apply, "Math['random']();"), reported: 'uses Math.random' },
  'a step going through globalThis': { files: one(apply, 'globalThis.fetch;'), reported: 'uses globalThis' },
  'a global used where another function declares its name': {
    files: one(apply, 'const f = (fetch: () => void) => fetch(); fetch(f);'),
    reported: 'uses fetch',
  },
  'the graph reading files': {
    files: one('runner/src/graph/a.ts', "import 'node:fs/promises';"),
    reported: 'imports node:fs/promises in a pure room',
  },
  'the graph importing the schedule': {
    files: one('runner/src/graph/a.ts', "import { x } from '../schedule/b.ts';"),
    reported: 'imports runner/schedule, which runner/graph may not',
  },
  'the schedule importing a reporter': {
    files: one('runner/src/schedule/a.ts', "import { live } from '../reporters/live.ts';"),
    reported: 'imports runner/reporters, which runner/schedule may not',
  },
  'a reporter importing the schedule': {
    files: one('runner/src/reporters/a.ts', "import type { X } from '../schedule/b.ts';"),
    reported: 'imports runner/schedule, which runner/reporters may not',
  },
  'an adapter importing the command line': {
    files: one(adapter, "import '../cli/main.ts';"),
    reported: 'imports runner/cli, which runner/adapters may not',
  },
  'a room of the runner without arrows': {
    files: one('runner/src/attic/a.ts', "import '../graph/b.ts';"),
    reported: 'imports runner/graph, which runner/attic may not',
  },
  'a verb importing a step': {
    files: one('runner/src/cli/up.ts', "import { apply } from '@plumbline/apply';"),
    reported: 'imports steps/apply, which runner/cli may not',
  },
  'the runner importing ministack': {
    files: one(adapter, "import { x } from '@plumbline/ministack';"),
    reported: 'imports ministack, which runner/adapters may not',
  },
  'the runner pointing at a source of ministack': {
    files: one(adapter, "new URL('../../../ministack/src/loki/main.ts', import.meta.url);"),
    reported: 'imports ministack, which runner/adapters may not',
  },
  'ministack importing the runner': {
    files: one('ministack/src/loki/a.ts', "const x = require('../../../runner/src/adapters/docker.ts');"),
    reported: 'imports runner/adapters, which ministack may not',
  },
  'a package reached by a path': {
    files: one(apply, "import { ok } from '../../../contracts/src/result.ts';"),
    reported: 'reaches into contracts by a path',
  },
  'an import that is computed': {
    files: one(adapter, 'export const load = (name: string) => import(name);'),
    reported: 'imports what cannot be read from the source: name',
  },
  'a source importing a test': {
    files: one(adapter, "import { fake } from './docker.test.ts';"),
    reported: 'imports a test',
  },
  'a source importing what helps tests': {
    files: one('ministack/src/loki/main.ts', "import { compare } from './testing.ts';"),
    reported: 'imports a test',
  },
  'a vendor in two files': {
    files: {
      [adapter]: "import Docker from 'dockerode';",
      'runner/src/adapters/compose.ts': "import type { ContainerInfo } from 'dockerode/types';",
    },
    reported:
      'dockerode: imported in more than one file: runner/src/adapters/compose.ts, runner/src/adapters/docker.ts',
  },
  'a scoped vendor in two files': {
    files: { 'formats/src/a.ts': "import '@lezer/lr';", 'formats/src/b.ts': "import '@lezer/lr';" },
    reported: '@lezer/lr: imported in more than one file',
  },
  'a cycle': {
    files: {
      'formats/src/a.ts': "import './b.ts';",
      'formats/src/b.ts': "import '@plumbline/formats/c';",
      'formats/src/c.ts': "export type { A } from './a.ts';",
    },
    reported: 'import cycle: formats/src/a.ts -> formats/src/b.ts -> formats/src/c.ts',
  },
  'a long file': { files: one(adapter, lines(401)), reported: 'has 401 lines, more than 400' },
  'a long test': { files: one('tests/a.test.ts', lines(501)), reported: 'has 501 lines, more than 500' },
};

const allowed: Readonly<Record<string, Case>> = {
  'hashing in contracts': { files: one('contracts/src/hash.ts', "import { createHash } from 'node:crypto';") },
  'contracts writing a time as text': {
    files: one('contracts/src/time.ts', 'export const iso = (ms: number) => new Date(ms).toISOString();'),
  },
  'formats on contracts': { files: one('formats/src/a.ts', "import { ok } from '@plumbline/contracts';") },
  'a step on contracts, formats and its own files': {
    files: one(apply, "import '@plumbline/contracts'; import '@plumbline/formats/yaml'; import './operation.ts';"),
  },
  'a step with ports of the same names': {
    files: one(apply, 'export const f = ({ process, fetch }: P) => process.run(fetch, { process });'),
  },
  'a step with members of the same names': {
    files: one(apply, 'export const f = (x: { process: P }) => ({ console: x.process, Date: x.fetch(x.Date) });'),
  },
  'a step that computes and listens to its signal': {
    files: one(apply, 'export const f = (s: AbortSignal) => Math.max(1, AbortSignal.any([s]).aborted ? 1 : 2);'),
  },
  'a test of a step with I/O': {
    files: one('steps/apply/src/plan.test.ts', "import 'node:fs'; console.log(Date.now());"),
  },
  'the schedule on the graph': { files: one('runner/src/schedule/a.ts', "import '../graph/b.ts';") },
  'a test of the schedule with a reporter': {
    files: one('runner/src/schedule/a.test.ts', "import '../reporters/plain.ts';"),
  },
  'the pipeline naming the steps': {
    files: one('runner/src/cli/pipeline.ts', "import { apply } from '@plumbline/apply';"),
  },
  'a helper of tests importing what it computes': {
    files: one('ministack/src/loki/testing-process.ts', 'export const load = (name: string) => import(name);'),
  },
  'an adapter with I/O': { files: one(adapter, "import 'node:net'; setTimeout(() => fetch('x'), Date.now());") },
  'an adapter starting what ministack builds': {
    files: one(adapter, "new URL('../../../ministack/dist/loki.js', import.meta.url);"),
  },
  'a vendor in one file, and in its test': {
    files: {
      [adapter]: "import Docker from 'dockerode'; export const load = () => import('dockerode/lib/x.js');",
      'runner/src/adapters/docker.test.ts': "import Docker from 'dockerode'; import { it } from 'vitest';",
    },
  },
  'files that share what they import': {
    files: {
      'formats/src/a.ts': "import './b.ts'; import './c.ts';",
      'formats/src/b.ts': "import './c.ts';",
      'formats/src/c.ts': 'export {};',
    },
  },
  'a word in a comment or a string': { files: one(apply, "// import 'node:fs'\nexport const x = 'fetch(Date)';") },
  'a file of the length allowed': { files: one(adapter, lines(400)) },
  'a generated file': { files: one('contracts/src/generated/types.ts', lines(2000)) },
};

const listed = ({ files }: Case): readonly SourceFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, text }));

function checkout(): readonly SourceFile[] {
  const steps = readdirSync(join(root, 'steps')).map((name) => `steps/${name}/src`);
  return ['contracts/src', 'formats/src', 'ministack/src', 'runner/src', ...steps, 'scripts', 'tests'].flatMap((dir) =>
    readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs|js)$/.test(name))
      .map((name) => ({ path: `${dir}/${name}`, text: readFileSync(join(root, dir, name), 'utf8') })),
  );
}

describe('arrows', () => {
  it.each(Object.entries(forbidden))('must report %s', (_, planted) => {
    const violations = findViolations(listed(planted));
    expect(violations.join('\n')).toContain(planted.reported);
  });

  it.each(Object.entries(allowed))('must allow %s', (_, planted) => {
    expect(findViolations(listed(planted))).toEqual([]);
  });

  it('must find none against them in this checkout', () => {
    const files = checkout();
    expect(files.map(({ path }) => path)).toContain('runner/src/cli/main.ts');
    expect(findViolations(files)).toEqual([]);
  });
});
