import { type Check, failure, outcome, type Report, type RunStatus } from '@plumbline/contracts';
import { runRecord, summary as validator } from '@plumbline/contracts/validators';
import { describe, expect, it } from 'vitest';
import { NOON } from '../../../tests/support/ports.ts';
import { makeCheck, makeSummary } from '../../../tests/support/summary.ts';
import type { StepEnd } from './step-end.ts';
import { buildSummary, recordOf, type SummaryParts } from './summary.ts';
import { summaryText } from './summary-text.ts';

const head = { run_id: 'r', pipeline: 'up', environment: 'demo', engine: 'embedded', mode: 'apply' } as const;

function step(checks: readonly Check[], more: Partial<StepEnd> = {}): StepEnd {
  const report = { checks } as unknown as Report;
  return { id: 'apply', uses: 'apply', status: 'pass', summary: 's', durationMs: 5, report, ...more };
}

const build = (steps: readonly StepEnd[], signal?: 'SIGINT' | 'SIGTERM', more: Partial<SummaryParts> = {}) =>
  buildSummary({
    head,
    startedAt: NOON,
    endedAt: NOON + 1000,
    steps,
    next: (status: RunStatus) => [`after ${status}`],
    ...(signal === undefined ? {} : { signal }),
    ...more,
  });

describe('buildSummary', () => {
  const optional = { required: false };
  it.each([
    [[step([makeCheck('pass')])], undefined, 'green', 0],
    [[step([]), step([makeCheck('skipped')])], undefined, 'green', 0],
    [[step([makeCheck('pass'), makeCheck('warn')])], undefined, 'warned', 1],
    [[step([makeCheck('fail', optional), makeCheck('unknown', optional)])], undefined, 'warned', 1],
    [[step([makeCheck('warn')]), step([makeCheck('unknown')])], undefined, 'failed', 2],
    [[step([makeCheck('fail')]), step([makeCheck('pass')])], undefined, 'failed', 2],
    [[step([makeCheck('pass')], { status: 'crashed' })], undefined, 'failed', 2],
    [[step([makeCheck('pass')], { status: 'cancelled' })], undefined, 'failed', 2],
    [[step([makeCheck('pass')])], 'SIGINT', 'interrupted', 130],
    [[step([makeCheck('fail')])], 'SIGTERM', 'interrupted', 143],
  ] as const)('must end %j with %s as %s, %i', (steps, signal, status, exit) => {
    const summary = build(steps, signal);
    expect(validator(summary)).toBe(true);
    expect(summary).toMatchObject({ status, exit_code: exit, duration_ms: 1000, next: [`after ${status}`] });
  });

  it('must not be green where the event log is not whole, and say why', () => {
    const eventsLost = failure('E_ENV_UNWRITABLE', 'no space left');
    const green = build([step([makeCheck('pass')])], undefined, { eventsLost });
    expect(green).toMatchObject({ status: 'warned', exit_code: 1, checks: { pass: 1, warn: 1 } });
    expect(green.errors).toMatchObject([
      { code: 'E_ENV_UNWRITABLE', message: 'events.jsonl is not whole: no space left' },
    ]);
    expect(build([step([makeCheck('fail')])], undefined, { eventsLost }).status).toBe('failed');
  });

  it('must count each check as it was judged, and gather what the steps said', () => {
    const said = outcome('x', {
      proved: ['lines arrive'],
      standIns: ['loki', 'alloy'],
      samples: [{ stream: '{}', at: '2026-03-01T12:00:00.000Z', line: 'l' }],
    });
    const summary = build([
      step([makeCheck('pass'), makeCheck('fail', optional), makeCheck('skipped')], { said }),
      step([makeCheck('pass'), makeCheck('unknown'), makeCheck('warn')], { said, id: 'verify' }),
    ]);
    expect(summary.checks).toEqual({ pass: 2, warn: 1, fail: 1, unknown: 1, skipped: 1 });
    expect(summary.errors).toHaveLength(3);
    expect(summary.stand_ins).toEqual(['loki', 'alloy']);
    expect(summary.proved).toEqual(['lines arrive', 'lines arrive']);
    expect(summary.samples).toHaveLength(2);
    expect(summary.steps.map((ended) => ended.id)).toEqual(['apply', 'verify']);
  });
});

describe('the services of a summary', () => {
  const instance = null;
  const applied = (id: string, cause: string, irreversible = false): StepEnd => {
    const services = {
      alloy: { change: 'keep', cause: 'as described', before: instance, after: instance },
      loki: { change: 'replace', cause, before: instance, after: instance },
    };
    const operations = [
      { op: 'replace', target: 'loki', cause, outcome: 'done', ...(irreversible && { irreversible }) },
    ];
    const report = { checks: [makeCheck('pass')], services, operations } as unknown as Report;
    return step([], { id, report });
  };

  it('must be those of the apply that came last, each with its cause, and what cannot be undone', () => {
    const { services } = build([applied('apply', 'its image was 1'), applied('rollback', 'its image was 2', true)]);
    expect(services).toEqual([
      { service: 'alloy', change: 'keep', cause: 'as described' },
      { service: 'loki', change: 'replace', cause: 'its image was 2', irreversible: true },
    ]);
    expect(build([step([makeCheck('pass')])]).services).toBeUndefined();
  });

  it('must be told to people where something is done about them, and only then', () => {
    const text = summaryText(build([applied('apply', 'its image was 1', true)]));
    expect(text).toContain('| loki | replace, irreversible | its image was 1 |');
    expect(text).not.toContain('| alloy |');
  });
});

describe('the levels of a summary', () => {
  const level = (id: string, verdict: Check['verdict'], more: Partial<Check> = {}) =>
    makeCheck(verdict, { id, summary: `${id} ${verdict}`, ...more });
  const told = (...checks: readonly Check[]) =>
    build([step(checks)]).levels.map((found) => `${found.id} ${found.verdict} of ${found.checks}: ${found.says}`);

  it('must tell each level that was looked at, in order, and no other', () => {
    expect(told(level('L3.a', 'pass'), level('L1.b', 'pass'), level('apply.converged', 'pass'))).toEqual([
      'L1 pass of 1: all 1 checks hold',
      'L3 pass of 1: all 1 checks hold',
    ]);
    expect(told(level('L10.a', 'fail'), level('L.a', 'fail'))).toEqual([]);
  });

  it('must take the worst verdict that counts, with its own sentence', () => {
    expect(told(level('L1.a', 'pass'), level('L1.b', 'fail'), level('L1.c', 'unknown'))).toEqual([
      'L1 fail of 3: L1.b fail',
    ]);
    expect(told(level('L1.a', 'pass'), level('L1.b', 'fail', { required: false }))).toEqual([
      'L1 warn of 2: L1.b fail',
    ]);
    expect(told(level('L1.a', 'skipped'))).toEqual(['L1 skipped of 1: L1.a skipped']);
    expect(told(level('L1.a', 'skipped'), level('L1.b', 'pass'))).toEqual([
      'L1 pass of 2: 1 checks hold, 1 do not apply',
    ]);
  });
});

describe('recordOf', () => {
  it('must say how the run ended, name each bucket once, and count the unknown among the errors', () => {
    const error = { code: 'E_CONFIG_PARSE', bucket: 'config', message: 'm', hint: 'h' };
    const checks = { pass: 3, warn: 2, fail: 1, unknown: 1, skipped: 4 };
    const summary = makeSummary({ status: 'failed', exit_code: 2, checks, errors: [error, error] });
    const record = recordOf(summary, { user: 'ann', run_path: 'runs/r' });
    expect(record).toMatchObject({ status: 'failed', exit_code: 2, errors: 2, warnings: 2, buckets: ['config'] });
    const chained = { schema_version: '1', ...record, previous: '0'.repeat(64), hash: 'a'.repeat(64) };
    expect(runRecord(chained)).toBe(true);
    expect(runRecord({ ...chained, hash: 'a' })).toBe(false);
  });
});

describe('summaryText', () => {
  it('must write what people need and leave out what there is not', () => {
    const text = summaryText(makeSummary());
    expect(text).toContain('# up demo: green\n');
    expect(text).toContain('Run 2026-03-01T12-00-00Z_01, engine embedded, 2.5 s, exit 0.');
    expect(text).toContain('| apply | pass | started loki |');
    expect(text).not.toContain('##');
  });

  it('must write a section for each thing there is', () => {
    const text = summaryText(
      makeSummary({
        errors: [{ code: 'E_CONFIG_PARSE', bucket: 'config', message: 'm', hint: 'h.', place: 'f:1:2' }],
        proved: ['p'],
        samples: [{ stream: '{job="a"}', at: 't', line: 'the line' }],
        stand_ins: ['loki'],
        next: ['n'],
      }),
    );
    expect(text.match(/^## .*/gm)).toEqual([
      '## Errors',
      '## Proved',
      '## Lines found by query',
      '## Stand-ins',
      '## Next',
    ]);
    expect(text).toContain('- E_CONFIG_PARSE (config): m at f:1:2. h.');
    expect(text).toContain('      the line');
  });

  it('must keep a summary within its cell', () => {
    const steps = [{ id: 's', uses: 's', status: 'fail' as const, summary: 'a | b\nc', duration_ms: 1 }];
    expect(summaryText(makeSummary({ steps }))).toContain('| s | fail | a \\| b c |');
  });
});
