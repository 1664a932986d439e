import { createScrubber, err, failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeClock } from '../../../tests/support/ports.ts';
import { createEventLog } from './event-log.ts';

const event = (step: string) => ({ type: 'step_started', step, uses: 'x', inputs: {} }) as const;

describe('the event log', () => {
  it('must write what it is told, in order, and say that it is whole', async () => {
    const files = memoryFiles({});
    const log = createEventLog('/r', files, fakeClock(), createScrubber());
    log.emit(event('a'));
    log.emit(event('b'));
    expect(await log.close()).toMatchObject({ ok: true });
    const text = await files.readText('/r/events.jsonl');
    const lines = text.ok ? text.value.trimEnd().split('\n') : [];
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(['a', 'b']);
  });

  it('must end with its first failure, also where later lines can be written again', async () => {
    const files = memoryFiles({});
    const fails = [failure('E_ENV_UNWRITABLE', 'first'), failure('E_ENV_UNWRITABLE', 'second')];
    const append: typeof files.append = async (...args) => {
      const found = fails.shift();
      return found === undefined ? files.append(...args) : err(found);
    };
    const log = createEventLog('/r', { ...files, append }, fakeClock(), createScrubber());
    for (const step of ['a', 'b', 'c']) {
      log.emit(event(step));
      await log.close();
    }
    expect(await log.close()).toMatchObject({ ok: false, failure: { message: 'first' } });
  });
});
