import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFifo } from '../testing-fifo.ts';
import { LogFile } from './testing.ts';

describe('Tail', () => {
  let log: LogFile;
  beforeEach(() => {
    log = new LogFile();
  });
  afterEach(() => log.remove());

  it('must give out whole lines once, and hold back one without its end', () => {
    log.append('one\ntwo\r\n\nthr');
    expect(log.read()).toEqual(['one', 'two\r', '']);
    log.append('ee\n');
    expect(log.read()).toEqual(['one', 'two\r', '', 'three']);
    expect(log.read()).toHaveLength(4);
  });

  it('must begin at the last line where it is told to begin at the end', () => {
    log.append('a\nb\nunfin');
    log.fromEnd = true;
    expect(log.read()).toEqual([]);
    log.append('ished\nc\n');
    expect(log.read()).toEqual(['unfinished', 'c']);
  });

  it('must not follow a link out of the mounted directory, at first or later, and say so once', () => {
    const outside = new LogFile();
    try {
      outside.append('secret\n');
      symlinkSync(outside.path, log.path);
      expect([log.read(), log.read(), log.running]).toEqual([[], [], false]);
      expect(log.messages).toEqual(['a link leads out of the mounted directory']);
      unlinkSync(log.path);
      log.append('a\n');
      expect([log.read(), log.running]).toEqual([['a'], true]);
      unlinkSync(log.path);
      symlinkSync(outside.path, log.path);
      symlinkSync(outside.path, `${log.path}.1`);
      expect([log.read(), log.read(), log.running]).toEqual([['a'], ['a'], false]);
      expect(log.messages.filter((message) => message.startsWith('a link'))).toHaveLength(2);
    } finally {
      outside.remove();
    }
  });

  it('must follow a link that stays within the mounted directory', () => {
    writeFileSync(`${log.directory}/real`, 'a\n');
    symlinkSync('real', log.path);
    expect([log.read(), log.running]).toEqual([['a'], true]);
  });

  it('must go on behind what was kept, and repeat what was not', () => {
    log.append('a\nb\n');
    log.read();
    log.keep();
    log.append('c\nd');
    log.read();
    log.crash();
    expect(log.lines).toEqual(['a', 'b']);
    log.append('\n');
    expect(log.read()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('must read a renamed file to its end, late lines included, before the new one', () => {
    log.append('a\n');
    log.read();
    log.append('b\n');
    log.rotateByRename();
    log.append('x\n');
    expect(log.read()).toEqual(['a', 'b', 'x']);
    appendFileSync(`${log.path}.1`, 'late\n');
    expect(log.later(1000).read()).toEqual(['a', 'b', 'x', 'late']);
    log.later(6000).read();
    appendFileSync(`${log.path}.1`, 'too late\n');
    expect(log.later(1000).read()).toEqual(['a', 'b', 'x', 'late']);
  });

  it('must keep an eye on late lines across a restart', () => {
    log.append('a\n');
    log.read();
    log.rotateByRename();
    log.append('x\n');
    log.read();
    log.keep();
    appendFileSync(`${log.path}.1`, 'late\n');
    log.crash();
    expect(log.later(1000).read()).toEqual(['a', 'x', 'late']);
  });

  it('must wait for the end of an unfinished line in a rotated file, but not for ever', () => {
    log.append('a\nunfin');
    log.read();
    log.rotateByRename();
    log.append('x\n');
    expect(log.later(1000).read()).toEqual(['a']);
    appendFileSync(`${log.path}.1`, 'ished\n');
    expect(log.later(1000).read()).toEqual(['a', 'unfinished', 'x']);
    log.append('again');
    log.read();
    log.rotateByRename();
    log.later(1000).read();
    expect(log.later(6000).read().at(-1)).toBe('again');
  });

  it('must read a copy on and then the truncated file', () => {
    log.append('a\nb\n');
    log.read();
    log.append('c\n');
    log.rotateByCopy();
    log.append('d\n');
    expect(log.read()).toEqual(['a', 'b', 'c', 'd']);
    expect(log.messages).toEqual([]);
  });

  it('must notice a truncation that the file has outgrown, and say that it lost its place', () => {
    log.append('a\nb\n');
    log.read();
    truncateSync(log.path);
    log.append('longer than before\n');
    expect(log.read()).toEqual(['a', 'b', 'longer than before']);
    expect(log.messages).toEqual([expect.stringContaining('truncated')]);
  });

  it('must not take a copy that is being made for older content', () => {
    log.append('');
    log.read();
    log.append('a\nb\n');
    copyFileSync(log.path, `${log.path}.1`);
    expect(log.read()).toEqual(['a', 'b']);
    truncateSync(log.path);
    log.append('c\n');
    expect(log.read()).toEqual(['a', 'b', 'c']);
  });

  it('must find its place after several rotations of both kinds while it was down', () => {
    log.append('a\nb\n');
    log.read();
    log.keep();
    log.append('c\n');
    log.rotateByRename();
    log.append('d\n');
    log.rotateByCopy();
    log.append('e\n');
    log.rotateByRename();
    log.append('f\n');
    log.crash();
    expect(log.read()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('must read what is left of a removed file through its descriptor', () => {
    log.append('a\n');
    log.read();
    log.append('b\n');
    unlinkSync(log.path);
    expect(log.read()).toEqual(['a', 'b']);
    log.append('c\n');
    expect(log.read()).toEqual(['a', 'b', 'c']);
  });

  it('must read the rest of a file that was removed and made anew', () => {
    log.append('a\n');
    log.read();
    log.append('b\n');
    renameSync(log.path, `${log.directory}/elsewhere`);
    log.append('c\n');
    expect(log.read()).toEqual(['a', 'b', 'c']);
  });

  it('must pass over a line beyond the cap without keeping it, also across a restart', () => {
    log.append(`a\n${'x'.repeat(1000)}\n${'y'.repeat(1001)}\n`);
    log.append('z'.repeat(400_000));
    log.read();
    expect(log.lines).toEqual(['a', 'x'.repeat(1000)]);
    expect(log.skipped).toEqual([1003, 2005]);
    log.keep();
    log.crash();
    log.append('z\nb\n');
    expect(log.read()).toEqual(['a', 'x'.repeat(1000), 'b']);
    expect(log.skipped).toHaveLength(2);
  });

  it('must report what it cannot read once, try again, and read no FIFO', () => {
    symlinkSync(log.path, log.path);
    log.read();
    log.read();
    expect(log.messages).toEqual([expect.stringContaining('ELOOP')]);
    expect(log.running).toBe(false);
    unlinkSync(log.path);
    log.append('a\n');
    expect(log.read()).toEqual(['a']);
    expect(log.running).toBe(true);
    unlinkSync(log.path);
    makeFifo(log.path);
    log.read();
    unlinkSync(log.path);
    mkdirSync(log.path);
    log.read();
    expect(log.running).toBe(false);
    expect(log.messages).toHaveLength(2);
  });

  it('must give out each line once and in order, whatever happens between its steps', () => {
    const operation = fc.oneof(
      { weight: 5, arbitrary: fc.constant('line' as const) },
      { weight: 1, arbitrary: fc.constant('long' as const) },
      { weight: 2, arbitrary: fc.constant('half' as const) },
      { weight: 6, arbitrary: fc.constant('step' as const) },
      { weight: 3, arbitrary: fc.constant('keep' as const) },
      { weight: 2, arbitrary: fc.constant('crash' as const) },
      { weight: 2, arbitrary: fc.constant('rename' as const) },
      { weight: 2, arbitrary: fc.constant('copy' as const) },
    );
    fc.assert(
      fc.property(fc.array(operation, { minLength: 5, maxLength: 60 }), (operations) => {
        const file = new LogFile();
        try {
          expect(play(file, operations)).toBe(true);
        } finally {
          file.remove();
        }
      }),
      { numRuns: 400 },
    );
  });
});

type Operation = 'line' | 'long' | 'half' | 'step' | 'keep' | 'crash' | 'rename' | 'copy';

function play(file: LogFile, operations: readonly Operation[]): boolean {
  const written: string[] = [];
  let count = 0;
  let open = '';
  writeFileSync(file.path, '');
  file.read();
  file.keep();
  for (const operation of operations) {
    file.later(10);
    if (operation === 'line' || operation === 'long' || operation === 'half') {
      const text = `${operation === 'long' ? 'x'.repeat(900) : ''}<${count++}>`;
      file.append(operation === 'half' ? text : `${text}\n`);
      open += text;
      if (operation !== 'half') open = written.push(open) > 0 ? '' : '';
    }
    if (operation === 'step') file.step();
    if (operation === 'keep') file.keep();
    if (operation === 'crash') file.crash();
    if (operation === 'rename' || operation === 'copy') {
      if (open !== '') written.push(open);
      open = '';
      if (operation === 'rename') file.rotateByRename();
      else file.rotateByCopy();
    }
  }
  file.append('end\n');
  written.push(`${open}end`);
  for (let i = 0; i < 40; i++) file.later(6000).read();
  expect(file.lines).toEqual(written.filter((line) => Buffer.byteLength(line) <= file.cap));
  return true;
}
