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
    expect(environmentFor('{ "compose_project_name": "plumbline-demo", "a": 1 }', path)).toBe(
      `{ "compose_project_name": "${name}", "a": 1 }`,
    );
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
