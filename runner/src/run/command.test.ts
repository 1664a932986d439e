import { err, failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../tests/support/manifest.ts';
import type { GraphNode } from '../graph/graph-types.ts';
import { commandLog } from './command-log.ts';
import { type CommandEnd, commandOutcome } from './command-outcome.ts';
import { readCommandReport } from './command-report.ts';

const bytes = (text: string) => Buffer.from(text);
const clean = (text: string) => text.replaceAll('s3cret', '***');
const facts = { runId: 'r1', step: 'smoke', mode: 'apply', at: '2026-03-01T12:00:00.000Z', clean } as const;
const node: GraphNode = {
  id: 'smoke',
  uses: 'run',
  manifest: manifest('smoke'),
  params: {},
  inputs: {},
  waitsFor: [],
  when: 'success',
  retries: 0,
  timeoutS: 1,
  command: { argv: ['bash', 'smoke.sh'], env: [] },
};

describe('the report of a command', () => {
  it('must need its checks only', () => {
    const text = JSON.stringify({ checks: [{ id: 'a', verdict: 'pass', summary: 'good' }] });
    expect(readCommandReport(text, facts)).toMatchObject({
      ok: true,
      value: { summary: '1 checks: all hold', checks: [{ id: 'a', required: true, evidence: {} }] },
    });
  });

  it('must bring the bucket and the hint of a code that is known, and need them of one that is not', () => {
    const of = (code: string) =>
      readCommandReport(
        JSON.stringify({ checks: [{ id: 'a', verdict: 'fail', summary: 'bad', error: { code, message: 'm' } }] }),
        facts,
      );
    expect(of('E_RUNTIME_TIMEOUT')).toMatchObject({
      value: { checks: [{ error: { bucket: 'runtime', hint: expect.any(String) } }] },
    });
    expect(of('E_MINE')).toMatchObject({ failure: { code: 'E_PROOF_REPORT_INVALID' } });
  });

  it.each([
    ['', 'not whole JSON'],
    ['[]', 'is no object'],
    ['null', 'is no object'],
    ['{}', 'checks'],
    ['{"checks": 1}', 'checks'],
    ['{"checks": [1]}', 'checks'],
    ['{"checks": [], "step": "other"}', 'says step "other"'],
    ['{"checks": [], "mode": "repair"}', 'says mode "repair"'],
    ['{"checks": [], "status": "pass"}', 'says pass, and its checks say skipped'],
    ['{"checks": [], "started_at": "yesterday"}', 'started_at'],
  ])('must be refused where it is broken: %s', (text, says) => {
    expect(readCommandReport(text, facts)).toMatchObject({
      failure: { code: 'E_PROOF_REPORT_INVALID', message: expect.stringContaining(says) },
    });
  });
});

it('a report that is broken must be shown by its start, cut after its secrets are removed', () => {
  const text = `${'x'.repeat(196)}s3cret`;
  expect(readCommandReport(text, facts)).toMatchObject({ failure: { evidence: { starts: `${'x'.repeat(196)}***` } } });
});

describe('the end of a command', () => {
  const log = { text: '', lastLines: ['the reason'], cut: 0 };
  const base = {
    node,
    leftBehind: false,
    lockHeldBy: [],
    log,
    logFile: 'smoke.log',
    stopped: undefined,
    report: undefined,
  };
  const verdicts = (end: Partial<CommandEnd>) => {
    const said = commandOutcome({ ...base, exit: { kind: 'code', code: 0 }, ...end });
    return said.ok ? said.value.checks.map(({ id, verdict }) => `${id} ${verdict}`) : said.failure.code;
  };
  const report = (verdict: string) =>
    readCommandReport(JSON.stringify({ checks: [{ id: 'own', verdict, summary: 'x' }] }), facts);
  const code = (n: number) => ({ exit: { kind: 'code', code: n } }) as const;

  it('must be judged by the worse of its exit code and its report', () => {
    expect(verdicts({})).toEqual(['smoke.exit pass']);
    expect(verdicts(code(1))).toEqual(['smoke.exit warn']);
    expect(verdicts(code(2))).toEqual(['smoke.exit fail']);
    expect(verdicts({ exit: { kind: 'signal', signal: 'SIGSEGV' } })).toEqual(['smoke.exit fail']);
    expect(verdicts({ report: report('pass') })).toEqual(['own pass']);
    expect(verdicts({ ...code(1), report: report('pass') })).toEqual(['own pass', 'smoke.exit warn']);
    expect(verdicts({ ...code(2), report: report('fail') })).toEqual(['own fail']);
    expect(verdicts({ ...code(0), report: report('unknown') })).toEqual(['own unknown']);
    expect(verdicts({ report: readCommandReport('{"checks": []}', facts) })).toEqual(['smoke.exit pass']);
  });

  it('must be a failure where it left a process with the lock, whatever it says itself', () => {
    const lockHeldBy = [{ pid: 7, name: 'sleep' }];
    expect(verdicts({ lockHeldBy })).toEqual(['smoke.exit pass', 'smoke.lock fail']);
    expect(verdicts({ lockHeldBy, report: report('pass') })).toEqual(['own pass', 'smoke.lock fail']);
    expect(commandOutcome({ ...base, exit: { kind: 'code', code: 0 }, lockHeldBy })).toMatchObject({
      value: { summary: 'smoke left sleep (process 7) running with the lock of the deploy root' },
    });
  });

  it('must be its first cause: what stopped it, then that it did not start, then a broken report', () => {
    const broken = err(failure('E_PROOF_REPORT_INVALID', 'x'));
    const stopped = failure('E_RUNTIME_TIMEOUT', 'late');
    expect(verdicts({ exit: { kind: 'signal', signal: 'SIGTERM' }, stopped, report: broken })).toBe(
      'E_RUNTIME_TIMEOUT',
    );
    expect(verdicts({ exit: { kind: 'not_started', errno: 'ENOENT' } })).toBe('E_DEPS_TOOL_MISSING');
    expect(verdicts({ exit: { kind: 'not_started', errno: 'E2BIG' } })).toBe('E_RUNTIME_STEP_FAILED');
    expect(verdicts({ ...code(3), report: broken })).toEqual(['smoke.report fail']);
  });
});

describe('the log of a command', () => {
  it('must be all of it where all was kept, a line whole also where head and tail meet', () => {
    const log = commandLog({ head: bytes('one\ntw'), tail: bytes('o\nlast\n'), cut: 0 });
    expect(log).toEqual({ text: 'one\ntwo\nlast\n', lastLines: ['one', 'two', 'last'], cut: 0 });
  });

  it('must name the cut, and how much it took', () => {
    const log = commandLog({ head: bytes('one\ntw'), tail: bytes('ree\nlast\n'), cut: 10 });
    const text = 'one\ntw\n[plumbline: 10 bytes are cut here]\nree\nlast\n';
    expect(log).toEqual({ text, lastLines: ['ree', 'last'], cut: 10 });
  });

  it('must be text whatever the bytes are, and safe on a terminal in a report', () => {
    const log = commandLog({ head: Buffer.from([0xff, 0x1b, 0x5b, 0x41, 0x0a]), tail: bytes(''), cut: 0 });
    expect(log.text).toBe('\ufffd\u001b[A\n');
    expect(log.lastLines).toEqual(['\ufffd[A']);
    expect(commandLog({ head: bytes(''), tail: bytes(''), cut: 0 })).toEqual({ text: '', lastLines: [], cut: 0 });
  });
});
