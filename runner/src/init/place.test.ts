import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeAll } from './place.ts';
import { environmentFor, ignoreFile } from './plan.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb place '));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('placeAll', () => {
  it('must put all of the files, over those that are there', async () => {
    writeFileSync(join(folder, 'a'), 'old');
    expect(
      await placeAll(
        folder,
        new Map([
          ['a', 'new'],
          ['b/c', 'too'],
        ]),
      ),
    ).toEqual({ ok: true });
    expect(['a', 'b/c'].map((path) => readFileSync(join(folder, path), 'utf8'))).toEqual(['new', 'too']);
    expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  });

  it('must end where no folder can be made, and say so', async () => {
    expect(await placeAll('/proc/no-such-folder/below', new Map([['a', 'new']]))).toMatchObject({
      failure: { code: 'E_ENV_UNWRITABLE', message: expect.stringContaining('nothing was changed') },
    });
  });

  it('must put back what it has moved where a later file cannot be placed', async () => {
    writeFileSync(join(folder, 'a'), 'old');
    // Nobody may make a file there, root included.
    symlinkSync('/proc/self', join(folder, 'closed'));
    const files = new Map([
      ['a', 'new'],
      ['b/c', 'too'],
      ['closed/d', 'never'],
    ]);
    expect(await placeAll(folder, files)).toMatchObject({
      failure: { code: 'E_ENV_UNWRITABLE', message: expect.stringContaining('nothing was changed') },
    });
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['a', 'closed']);
  });
});

describe('environmentFor', () => {
  it.each([
    ['/srv/My Stack', 'plumbline-my-stack'],
    ['/srv/ü', 'plumbline-stack'],
    [`/srv/${'x'.repeat(90)}`, `plumbline-${'x'.repeat(53)}`],
  ])('must name the project after %s, as the schema allows it', (path, name) => {
    const taken = new Set<number>();
    expect(environmentFor('{ "compose_project_name": "plumbline-demo", "a": 1 }', path, { taken })).toBe(
      `{ "compose_project_name": "${name}", "a": 1 }`,
    );
  });

  it('must take ports that are free, and leave those of an environment that is there as they are', () => {
    const text = '{ "ports": { "loki": 13100, "alloy": 13101, "grafana": 13000 } }';
    const ports = (taken: readonly number[], before?: string) =>
      JSON.parse(environmentFor(text, '/srv/x', { taken: new Set(taken), before })).ports;
    expect(ports([])).toEqual({ loki: 13100, alloy: 13101, grafana: 13000 });
    expect(ports([13100, 13102])).toEqual({ loki: 13103, alloy: 13101, grafana: 13000 });
    const before = '{ "ports": { "loki": 14000 } }';
    expect(ports([14000, 13000], before)).toEqual({ loki: 14000, alloy: 13101, grafana: 13001 });
    expect(ports([13000], 'none')).toEqual({ loki: 13100, alloy: 13101, grafana: 13001 });
  });
});

describe('ignoreFile', () => {
  it('must add what is missing, and leave a complete one alone', () => {
    expect(ignoreFile(undefined)).toBe('out/\n*.local.json\nsecrets.local.env\n');
    expect(ignoreFile('out/\nx')).toBe('out/\nx\n*.local.json\nsecrets.local.env\n');
    const complete = '*.local.json\n/out/\nsecrets.local.env';
    expect(ignoreFile(complete)).toBe(complete);
  });
});
