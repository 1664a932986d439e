import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeWorld, stackFiles } from '../../../tests/support/lint.ts';
import { lintConfig } from '../lint/lint-config.ts';
import { lintText } from '../lint/lint-text.ts';
import { readSubject } from '../lint/subject.ts';
import { migrateConfig, migrations } from './migrate-config.ts';
import type { Config } from './migration.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const seed = read('fixtures/seed-002.v1.json');
const file = '/repo/config/bootstrap.test.json';

function migrated(text: string) {
  const done = migrateConfig(text, file);
  if (!done.ok) throw new Error(`${done.failure.code} ${done.failure.message}`);
  return done.value;
}

function problem(text: string): string {
  const done = migrateConfig(text, file);
  if (done.ok) return 'accepted';
  const { code, message, place, hint } = done.failure;
  return `${code} ${place?.line}:${place?.column} ${message} ${hint ?? ''}`;
}

/** Findings about a migrated text where the stack is not below its repo_root, but is shipped. */
function linted(text: string): string {
  const world = makeWorld({ stacks: new Map([['/shipped/stacks/observability', stackFiles()]]) });
  const subject = readSubject(text, file, world);
  if (!subject.ok) throw new Error(subject.failure.message);
  return lintText({ subject: subject.value, applied: [], left: lintConfig(subject.value) });
}

describe('the migration of the configuration of seed 002', () => {
  it('must begin with its test values byte for byte', () => {
    expect(sha256(seed)).toBe('b4314ef2f2e20e3cc29eb1c4501d65aaecaea20779cc374fa96074feaecf1fb4');
  });

  it('must make the environment of the golden file, and say what it did', async () => {
    const { text, notes, from, to } = migrated(seed);
    expect({ from, to }).toEqual({ from: '1', to: '2' });
    await expect(text).toMatchFileSnapshot('golden/seed-002.v2.json');
    const told = notes.map(({ kind, pointer, message }) => `${kind} ${pointer} ${message}\n`).join('');
    await expect(told).toMatchFileSnapshot('golden/seed-002.notes.txt');
  });

  it('must lint with what is explained, and errors only for what its user must decide', async () => {
    await expect(`${linted(migrated(seed).text)}\n`).toMatchFileSnapshot('golden/seed-002.lint.txt');
  });

  it('must keep comments and what it does not know how to read, for the linter to name', () => {
    const { text } = migrated('{\n  // ours\n  "schema_version": "1",\n  "ports": 7, // one\n  "path_map": []\n}');
    expect(text).toContain('// ours');
    expect(text).toContain('"ports": 7, // one');
    expect(linted(text)).toMatch(/invalid-value .*"ports" must be object/);
  });

  it('must deploy containers, as version 1 did', () => {
    const { text, notes } = migrated('{ "schema_version": "1" }');
    expect(JSON.parse(text)).toMatchObject({ engine: 'docker' });
    expect(notes).toContainEqual({ kind: 'filled', pointer: '/engine', message: 'engine is "docker"' });
  });

  it('must show of what it drops no control character as it is', () => {
    const { notes } = migrated('{ "schema_version": "1", "a\\u001b[2J": "\\u009b1m", "bootstrap_version": "\u007f" }');
    const told = notes.map(({ message }) => message).join('');
    expect(told).toContain('a\\u001b[2J, "\\u009b1m": version 1 has no such key');
    expect(told).not.toMatch(/\p{Cc}/u);
  });

  it('must give no port twice', () => {
    const { text } = migrated('{ "schema_version": "1", "ports": { "grafana": 13100, "cadvisor": 12345 } }');
    const parsed = parseJson(text, file);
    const ports = Object.values(((parsed.ok && parsed.value.value) as { ports: object }).ports);
    expect(new Set(ports).size).toBe(ports.length);
  });
});

describe('migrateConfig', () => {
  it('must do nothing to a configuration of today', () => {
    const { text } = migrated(seed);
    expect(migrated(text)).toEqual({ from: '2', to: '2', text, notes: [] });
  });

  it('must lead from each version to the next, and end where the schema is', () => {
    for (const [n, step] of migrations.slice(1).entries()) expect(step.from).toBe(migrations[n]?.to);
    expect(migrations.at(-1)?.to).toBe(
      (
        JSON.parse(read('../../../contracts/schemas/bootstrap.schema.json')) as {
          properties: { schema_version: { const: string } };
        }
      ).properties.schema_version.const,
    );
  });

  it.each([
    [
      'a newer version',
      '{ "schema_version": "3" }',
      'E_CONFIG_SCHEMA_VERSION 1:21 the file is of schema version "3", which is newer',
    ],
    [
      'no version that there is',
      '{ "schema_version": "one" }',
      'E_CONFIG_SCHEMA_VERSION 1:21 the file is of schema version "one", and there is none but 1, 2',
    ],
    ['a version before the first', '{ "schema_version": 0 }', 'E_CONFIG_SCHEMA_VERSION 1:21'],
    ['no version', '{ "ports": {} }', 'E_CONFIG_MISSING_KEY 1:1'],
    ['no object', '[]', 'E_CONFIG_INVALID_VALUE 1:1'],
    ['no JSON', '{ "schema_version": }', 'E_CONFIG_PARSE 1:'],
  ])('must refuse %s', (_, text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('must keep, move or name everything that a file says, whatever that is, and be done at once', () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.constant(null));
    const key = fc.oneof(
      fc.constantFrom(
        'logs_root',
        'vllm_root',
        'repo_root',
        'staging_dir',
        'grafana',
        'cadvisor',
        'node_exporter',
        'host-monitor',
      ),
      fc.string({ minLength: 1, maxLength: 4 }).filter((name) => name !== '__proto__'),
    );
    const section = fc.oneof(leaf, fc.dictionary(key, leaf, { maxKeys: 4 }));
    const names = [
      'compose_project_name',
      'ports',
      'path_map',
      'image_pins',
      'toggles',
      'secrets_policy',
      'engine',
      'other',
    ];
    const config = fc.dictionary(fc.constantFrom(...names), section);
    fc.assert(
      fc.property(config, (given) => {
        const { text, notes } = migrated(JSON.stringify({ schema_version: '1', ...given }));
        expect(migrated(text)).toEqual({ from: '2', to: '2', text, notes: [] });
        const after = parseJson(text, file);
        const now = (after.ok && after.value.value) as Config;
        const told = new Set(notes.map(({ pointer }) => pointer));
        for (const [name, value] of Object.entries(given))
          for (const [path, leafValue] of leavesOf(name, value)) {
            if (!told.has(path)) expect([path, at(now, path)]).toEqual([path, leafValue]);
          }
      }),
      { numRuns: 200 },
    );
  });
});

/** The pointers of a section: of each of its members, or its own. */
function leavesOf(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
  // An empty section says nothing.
  if (typeof value !== 'object' || value === null) return [[`/${name}`, value]];
  return Object.entries(value).map(([key, inner]) => [`/${name}/${escaped(key)}`, inner] as const);
}

function at(config: Config, pointer: string): unknown {
  const parts = pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.reduce<unknown>((value, part) => (value as Config | undefined)?.[part], config);
}
