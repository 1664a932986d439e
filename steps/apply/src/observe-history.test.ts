import { expect, it } from 'vitest';
import { unsettledOf } from './observe-history.ts';

const line = (op: string, target: string, stage: string) => `${JSON.stringify({ op, target, stage })}\n`;

it.each([
  ['nothing', '', []],
  ['a start that ended well', line('start', 'loki', 'begin') + line('start', 'loki', 'done'), []],
  ['a start that was killed', line('start', 'loki', 'begin'), ['loki']],
  ['a replacement that failed', line('replace', 'loki', 'begin') + line('replace', 'loki', 'failed'), ['loki']],
  ['a later start that ended well', line('replace', 'loki', 'failed') + line('start', 'loki', 'done'), []],
  ['a wait that ended well', line('start', 'loki', 'failed') + line('await_ready', 'loki', 'done'), []],
  ['another operation', line('write_store', 'loki', 'begin'), []],
  ['a torn last line', `${line('start', 'loki', 'begin')}{"op":"start","tar`, ['loki']],
])('must tell from %s who was not seen to be ready', (_, journal, unsettled) => {
  expect([...unsettledOf(journal)]).toEqual(unsettled);
});
