import { failure, ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { judgeLabels } from './judge.ts';
import { type Stream, streamsOf } from './observe.ts';

const config = demoEnvironment();
const unread = { ok: false as const, failure: failure('E_CONFIG_NOT_FOUND', 'not of interest here') };
const good: Stream = { env: 'demo', host: 'h', job: 'varlog', service_name: 'varlog' };

function codes(streams: readonly Stream[]): Record<string, string> {
  const checks = judgeLabels({ streams: ok(streams), collector: unread }, config).filter(
    (check) => check.error?.code !== 'E_CONFIG_NOT_FOUND',
  );
  return Object.fromEntries(
    checks.map((check) => [check.id, check.verdict === 'pass' ? 'pass' : `${check.verdict} ${check.error?.code}`]),
  );
}

const many = (n: number, label: string) => Array.from({ length: n }, (_, i) => ({ ...good, [label]: `v${i}` }));

describe('judgeLabels', () => {
  it('must hold for streams with every label, few values, and not too many streams', () => {
    expect(codes([good, { ...good, job: 'plumbline' }])).toEqual({
      'L4.required': 'pass',
      'L4.cardinality': 'pass',
      'L4.streams': 'pass',
    });
  });

  it.each(['env', 'host', 'service_name'])('must fail where a stream lacks %s', (label) => {
    const { [label]: _, ...lacking } = good;
    expect(codes([good, lacking])).toMatchObject({ 'L4.required': 'fail E_PROOF_LABEL_MISSING' });
    expect(codes([{ ...good, [label]: '' }])).toMatchObject({ 'L4.required': 'fail E_PROOF_LABEL_MISSING' });
  });

  it('must not ask the label contract of streams that are not of a declared source', () => {
    expect(codes([good, { job: 'somebody else', service_name: 's' }])['L4.required']).toBe('pass');
  });

  it('must be unknown where there is no stream to look at', () => {
    expect(codes([])['L4.required']).toBe('unknown E_PROOF_LABEL_MISSING');
  });

  it('must allow as many values as the limit, and fail at one more', () => {
    expect(codes(many(100, 'filename'))['L4.cardinality']).toBe('pass');
    expect(codes(many(101, 'filename'))).toMatchObject({
      'L4.cardinality': 'fail E_PROOF_CARDINALITY',
      'L4.required': 'pass',
    });
  });

  it('must count streams too, since labels multiply', () => {
    const product = many(50, 'a').flatMap((stream) =>
      many(21, 'b').map(({ b }: Stream) => ({ ...stream, b: b as string })),
    );
    expect(product).toHaveLength(1050);
    expect(codes(product)).toMatchObject({ 'L4.cardinality': 'pass', 'L4.streams': 'fail E_PROOF_CARDINALITY' });
  });

  it('must be unknown where the store could not be asked', () => {
    const cause = failure('E_NETWORK_UNREACHABLE', 'no answer');
    const checks = judgeLabels({ streams: { ok: false, failure: cause }, collector: unread }, config);
    expect(checks.map((check) => check.verdict)).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });
});

describe('streamsOf', () => {
  it.each([
    [{ status: 'success', data: [good] }, [good]],
    [{ status: 'success' }, []],
  ])('must read %j', (body, streams) => {
    expect(streamsOf(body)).toEqual({ ok: true, value: streams });
  });

  it.each([
    [{ status: 'error', data: [] }, 'status is "error"'],
    [null, 'status is undefined'],
    [{ status: 'success', data: 'success' }, 'data is not a list'],
    [{ status: 'success', data: ['{env="success"}'] }, 'a stream is not a set of labels'],
    [{ status: 'success', data: [{ env: 1 }] }, 'a stream is not a set of labels'],
  ])('must refuse %j', (body, said) => {
    const read = streamsOf(body);
    expect(read.ok ? 'read' : read.failure).toMatchObject({
      code: 'E_NETWORK_BAD_ANSWER',
      message: expect.stringContaining(said),
    });
  });
});
