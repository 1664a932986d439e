import { failure, type RunEvent } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeCheck } from '../../../tests/support/summary.ts';
import { plainReporter } from './plain.ts';

function written(event: RunEvent): readonly string[] {
  const lines: string[] = [];
  plainReporter((line) => lines.push(line))(event);
  return lines;
}

const step = 'apply';
const said = (event: Extract<RunEvent, { type: 'step_event' }>['event']): RunEvent => ({
  type: 'step_event',
  step,
  event,
});
const operation = { op: 'start', target: 'loki', cause: 'c', outcome: 'done' } as const;
const ended = { run_id: 'r', status: 'green', exit_code: 0, duration_ms: 1 } as const;

describe('plainReporter', () => {
  it.each<[RunEvent, readonly string[]]>([
    [
      { type: 'run_started', run_id: 'r', pipeline: 'up', environment: 'demo', engine: 'embedded', steps: [] },
      ['up demo (engine embedded, run r)'],
    ],
    [{ type: 'step_started', step, uses: step, inputs: {} }, ['apply: started']],
    [
      { type: 'step_started', step, uses: step, inputs: { artifact: 'step generate', x: 'run 1' } },
      ['apply: started, with artifact from step generate, x from run 1'],
    ],
    [said({ type: 'progress', text: 'writing' }), ['apply: writing']],
    [said({ type: 'waiting', text: 'loki' }), ['apply: waiting for loki']],
    [
      said({ type: 'waiting', text: 'loki', until: '2026-03-01T12:34:56.000Z' }),
      ['apply: waiting for loki, until 12:34:56 UTC'],
    ],
    [said({ type: 'operation', operation }), ['apply: start loki done']],
    [said({ type: 'check', check: makeCheck('pass', { summary: 'holds' }) }), ['apply: pass x.pass: holds']],
    [
      said({ type: 'check', check: makeCheck('fail', { summary: 'broken' }) }),
      [
        'apply: fail x.fail: broken\n  E_CONFIG_PARSE (config); hint: mend it; docs: docs/errors/config.md#e_config_parse',
      ],
    ],
    [{ type: 'step_ended', step, status: 'crashed', summary: 'no', duration_ms: 1234 }, ['apply: crashed, no (1.2 s)']],
    [
      { type: 'failure', failure: failure('E_CONFIG_PARSE', 'no', { place: { file: 'f', line: 2 }, hint: 'h' }) },
      ['error E_CONFIG_PARSE (config): no\n  at f:2\n  hint: h\n  docs: docs/errors/config.md#e_config_parse'],
    ],
    [
      { type: 'failure', failure: failure('E_CONFIG_PARSE', 'no', { hint: 'h' }), detail: 'a stack' },
      ['error E_CONFIG_PARSE (config): no\n  hint: h\n  docs: docs/errors/config.md#e_config_parse'],
    ],
    [{ type: 'run_ended', ...ended }, []],
  ])('must write %j', (event, lines) => {
    expect(written(event)).toEqual(lines);
  });
});
