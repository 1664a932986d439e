import { err, failure, type Input, ok, outcome } from '@plumbline/contracts';
import { report as validator } from '@plumbline/contracts/validators';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../tests/support/manifest.ts';
import { NOON } from '../../../tests/support/ports.ts';
import { makeCheck } from '../../../tests/support/summary.ts';
import type { GraphNode } from '../graph/graph.ts';
import { buildReport, outcomeOf } from './report.ts';

const node = (kind: 'changing' | 'probing'): GraphNode => ({
  id: 'again',
  uses: 'apply',
  manifest: manifest('apply', {}, { kind }),
  params: {},
  inputs: {},
  waitsFor: [],
  when: 'success',
  retries: 0,
  timeoutS: 1,
});

const artifact: Input = { data: {}, path: '/run/artifact.json', origin: 'step generate', sha256: 'a'.repeat(64) };

const build = (said = outcome('done')) =>
  buildReport(
    {
      runId: 'r',
      node: node('changing'),
      mode: 'apply',
      startedAt: NOON,
      endedAt: NOON + 1500,
      inputs: { artifact, absent: undefined },
      outputs: { provenance: { file: 'provenance.json', sha256: 'b'.repeat(64) } },
    },
    said,
  );

describe('buildReport', () => {
  it('must fit its schema and carry the origin of every input that was there', () => {
    const report = build();
    expect(validator(report)).toBe(true);
    expect(report).toMatchObject({
      step: 'again',
      uses: 'apply',
      started_at: '2026-03-01T12:00:00.000Z',
      ended_at: '2026-03-01T12:00:01.500Z',
      duration_ms: 1500,
      inputs: { artifact: { origin: 'step generate', sha256: 'a'.repeat(64) } },
    });
    expect(report.inputs).not.toHaveProperty('absent');
  });

  it.each([
    [[], 'skipped'],
    [[makeCheck('pass'), makeCheck('skipped')], 'pass'],
    [[makeCheck('pass'), makeCheck('warn')], 'warn'],
    [[makeCheck('warn'), makeCheck('unknown')], 'unknown'],
    [[makeCheck('unknown'), makeCheck('fail'), makeCheck('pass')], 'fail'],
    [[makeCheck('pass'), makeCheck('fail', { required: false })], 'warn'],
    [[makeCheck('pass'), makeCheck('unknown', { required: false })], 'warn'],
  ] as const)('must take the worst verdict of %j that counts: %s', (checks, status) => {
    expect(build(outcome('done', { checks })).status).toBe(status);
  });
});

describe('outcomeOf', () => {
  const broken = err(failure('E_ENV_UNWRITABLE', 'no space', { place: { file: '/x' } }));

  it('must leave alone what a step said', () => {
    const said = outcome('done', { proved: ['it'] });
    expect(outcomeOf(node('changing'), ok(said))).toBe(said);
  });

  it('must say of a changing step that it failed, and of a probing one that it could not look', () => {
    const check = { id: 'again.completed', required: true, summary: 'no space', error: { code: 'E_ENV_UNWRITABLE' } };
    expect(outcomeOf(node('changing'), broken)).toMatchObject({
      summary: 'no space',
      checks: [{ ...check, verdict: 'fail' }],
    });
    expect(outcomeOf(node('probing'), broken)).toMatchObject({ checks: [{ ...check, verdict: 'unknown' }] });
  });
});
