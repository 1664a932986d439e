import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepCopy } from './keep-copy.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb copy ü '));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('keepCopy', () => {
  it('must give each of many that come at once a copy of its own', async () => {
    const file = join(folder, 'config.json');
    writeFileSync(file, '{}');
    const copies = await Promise.all(Array.from({ length: 10 }, () => keepCopy(file, 'v1')));
    const paths = new Set(copies.map((copy) => (copy.ok ? copy.value : '')));
    expect(paths.size).toBe(10);
    expect(paths).toContain(`${file}.v1.bak`);
    expect(readdirSync(folder)).toHaveLength(11);
    for (const path of paths) expect(readFileSync(path, 'utf8')).toBe('{}');
  });

  it('must say where no copy can be kept', async () => {
    const kept = await keepCopy(join(folder, 'none/config.json'), 'v1');
    expect(kept.ok ? undefined : kept.failure).toMatchObject({ code: 'E_ENV_UNWRITABLE' });
  });
});
