import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord, writeRecord } from './record.ts';

describe('the record', () => {
  let storage: string;
  beforeEach(() => {
    storage = mkdtempSync(join(tmpdir(), 'plumbline-record-'));
  });
  afterEach(() => rmSync(storage, { recursive: true, force: true }));

  const record = {
    lastNs: 1_795_264_119_774_000_001n,
    files: { k: { dev: '1', ino: '18446744073709551615', offset: 3, before: 'b', start: 's', known: ['2'], seen: 4 } },
    pushes: [
      { endpoint: 'e/0', entries: 2, body: Buffer.from('{"a":"\n€"}') },
      { endpoint: 'e/1', entries: 1, body: Buffer.from('{}') },
    ],
  };

  it('must come back byte for byte, and be empty at first', () => {
    expect(readRecord(storage)).toEqual({ ok: true, value: { lastNs: 0n, files: {}, pushes: [] } });
    writeRecord(storage, record);
    expect(readRecord(storage)).toEqual({ ok: true, value: record });
  });

  it('must be refused where it is damaged', () => {
    writeRecord(storage, record);
    const path = join(storage, 'collector-record');
    const bytes = readFileSync(path);
    for (const damaged of [
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.from('x')]),
      Buffer.from('{}\n'),
      Buffer.from(''),
    ]) {
      writeFileSync(path, damaged);
      expect(readRecord(storage)).toMatchObject({ ok: false, failure: { code: 'E_ENV_UNREADABLE' } });
    }
  });
});
