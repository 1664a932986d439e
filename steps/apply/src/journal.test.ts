import type { JournalEntry } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeClock } from '../../../tests/support/ports.ts';
import { journalWriter, readJournal } from './journal.ts';

const generation = 'a'.repeat(64);
const entry = (more: Partial<JournalEntry>): string =>
  `${JSON.stringify({ schema_version: '1', at: '2026-03-01T12:00:00.000Z', run: 'r1', generation, stage: 'up', outcome: 'begin', ...more })}\n`;
const op = (op: string, target: string, outcome: JournalEntry['outcome']) => entry({ op, target, outcome });
const begin = entry({ stage: 'apply' });
const end = entry({ stage: 'apply', outcome: 'done' });

describe('a journal', () => {
  it.each([
    ['nothing', '', []],
    ['a start that ended well', op('start', 'loki', 'begin') + op('start', 'loki', 'done'), []],
    ['a start that was killed', op('start', 'loki', 'begin'), ['loki']],
    ['a replacement that failed', op('replace', 'loki', 'begin') + op('replace', 'loki', 'failed'), ['loki']],
    ['a later start that ended well', op('replace', 'loki', 'failed') + op('start', 'loki', 'done'), []],
    ['a wait that ended well', op('start', 'loki', 'failed') + op('await_ready', 'loki', 'done'), []],
    ['another operation', op('write_store', 'loki', 'begin'), []],
  ])('must tell from %s who was not seen to be ready', (_, text, unsettled) => {
    expect([...readJournal(text).unsettled]).toEqual(unsettled);
  });

  it.each([
    ['was killed before its first operation', begin, true],
    ['was killed within an operation', begin + op('start', 'loki', 'begin'), true],
    ['was killed after its last operation', begin + op('start', 'loki', 'done'), true],
    ['ended well', begin + op('start', 'loki', 'done') + end, false],
    ['ended badly', begin + entry({ stage: 'apply', outcome: 'failed' }), false],
    ['ended, before another was killed', begin + end + entry({ stage: 'apply', run: 'r2' }), true],
  ])('must tell whether the deployment that began last %s', (_, text, open) => {
    expect(readJournal(text).open !== undefined).toBe(open);
  });

  it.each([
    ['whose files were put right', op('rewrite_store', 'loki', 'begin'), ['loki']],
    ['that failed to be put right', op('rewrite_store', 'loki', 'failed'), ['loki']],
    ['that was replaced since', op('rewrite_store', 'loki', 'done') + op('replace', 'loki', 'done'), []],
    ['whose replacement was killed', op('rewrite_store', 'loki', 'done') + op('replace', 'loki', 'begin'), ['loki']],
    ['that was only waited for', op('rewrite_store', 'loki', 'done') + op('await_ready', 'loki', 'done'), ['loki']],
  ])('must take for suspect a service %s, where it was not started since', (_, text, suspect) => {
    expect([...readJournal(text).suspect]).toEqual(suspect);
  });

  it('must name the runs that began to change something, and no other', () => {
    expect([...readJournal(begin + end).runs.keys()]).toEqual([]);
    expect([
      ...readJournal(begin + op('start', 'loki', 'begin') + entry({ run: 'r2', op: 'stop', target: 'x' })).runs.keys(),
    ]).toEqual(['r1', 'r2']);
  });

  it('must tell the same of it, torn at any byte, as of its whole lines', () => {
    const whole = begin + op('start', 'loki', 'begin') + op('start', 'loki', 'done') + op('start', 'ä', 'begin');
    const bytes = new TextEncoder().encode(whole);
    for (let length = 0; length <= bytes.length; length += 1) {
      const text = new TextDecoder().decode(bytes.slice(0, length));
      const { torn, ...told } = readJournal(text);
      const lines = text.slice(0, text.lastIndexOf('\n') + 1);
      // A last line that lacks nothing but its line break is whole.
      const lacks = text !== lines && whole.startsWith(`${text}\n`) ? `${text}\n` : lines;
      const { torn: _, ...expected } = readJournal(lacks);
      expect(told).toEqual(expected);
      expect(torn).toBe(text !== lines);
    }
  });

  it('must begin a line of its own after one that was cut off, and go on as usual', async () => {
    const files = memoryFiles({ '/deploy/journal.jsonl': '{"run":' });
    const about = { deployRoot: '/deploy', run: 'r2', generation, torn: true };
    const write = journalWriter(about, { files, clock: fakeClock() });
    await write({ stage: 'apply', outcome: 'begin' });
    await write({ stage: 'apply', outcome: 'done' });
    const lines = files.text('/deploy/journal.jsonl').split('\n');
    expect(lines[0]).toBe('{"run":');
    expect(lines.slice(1, 3).map((line) => (JSON.parse(line) as JournalEntry).outcome)).toEqual(['begin', 'done']);
  });
});
