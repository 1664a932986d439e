import { failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { fakeHealth, fakeHttp } from '../../../../tests/support/ports.ts';
import { entries, queryRange } from './query.ts';

const stream = { stream: { job: 'a' }, values: [['1767225600000000001', 'a line']] };
const answer = (result: unknown, resultType: unknown = 'streams', status: unknown = 'success') => ({
  status,
  data: { resultType, result },
});

describe('entries', () => {
  it('must read every line of every stream', () => {
    const values = [...stream.values, ['2', '', { trace: 'x' }]];
    expect(
      entries(
        answer([
          { ...stream, values },
          { stream: {}, values: [] },
        ]),
      ),
    ).toEqual({
      ok: true,
      value: [
        { labels: { job: 'a' }, ts: '1767225600000000001', line: 'a line' },
        { labels: { job: 'a' }, ts: '2', line: '' },
      ],
    });
    expect(entries(answer([]))).toEqual({ ok: true, value: [] });
  });

  // Each holds what a search for text would take for a hit.
  it.each([
    ['an error', answer([stream], 'streams', 'error')],
    ['a success that is only a text', 'status: success a line'],
    ['nothing', null],
    ['a number', 5],
    ['a list', [answer([stream])]],
    ['no data', { status: 'success', line: 'a line' }],
    ['another type of result', answer([stream], 'matrix')],
    ['a result that is no list', answer({ 0: stream })],
    ['a stream that is nothing', answer([null])],
    ['a stream without labels', answer([{ values: stream.values }])],
    ['labels that are a list', answer([{ stream: ['job'], values: stream.values }])],
    ['a label that is a number', answer([{ stream: { job: 5 }, values: stream.values }])],
    ['values that are no list', answer([{ stream: {}, values: 'a line' }])],
    ['a value that is a text', answer([{ stream: {}, values: ['a line'] }])],
    ['a value without a line', answer([{ stream: {}, values: [['1']] }])],
    ['a line that is an object', answer([{ stream: {}, values: [['1', { line: 'a line' }]] }])],
    ['a time that is a number', answer([{ stream: {}, values: [[1, 'a line']] }])],
    ['a time that is a date', answer([{ stream: {}, values: [['2026-03-01T12:00:00Z', 'a line']] }])],
    ['a time that no clock has', answer([{ stream: {}, values: [['9'.repeat(30), 'a line']] }])],
    ['one bad value behind a good one', answer([stream, { stream: {}, values: [['1', null]] }])],
  ])('must refuse %s', (_, body) => {
    expect(entries(body)).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_BAD_ANSWER' } });
  });
});

describe('queryRange', () => {
  const range = { query: '{job="a"} |= "x y"', startNs: '1', endNs: '2', limit: 3 };
  const ask = async (reply: Parameters<typeof fakeHttp>[0]) => {
    const http = fakeHttp(reply);
    const result = await queryRange(range, { http, health: fakeHealth([]) }, new AbortController().signal);
    return { result, asked: http.asked };
  };

  it('must ask the API of the health contract for exactly this range', async () => {
    const { result, asked } = await ask(() => JSON.stringify(answer([stream])));
    expect(result.ok).toBe(true);
    const url = new URL(asked[0] as string);
    expect(url.pathname).toBe('/query_range');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      query: range.query,
      start: '1',
      end: '2',
      limit: '3',
      direction: 'backward',
    });
  });

  it.each([
    ['a status that is not 200', () => ({ status: 500, headers: {}, body: JSON.stringify(answer([stream])) }), '500'],
    ['a body that is not JSON', () => 'success: a line', 'not JSON'],
    ['half a body', () => JSON.stringify(answer([stream])).slice(0, -2), 'not JSON'],
  ])('must refuse %s', async (_, reply, message) => {
    const { result } = await ask(reply);
    expect(result).toMatchObject({
      failure: { code: 'E_NETWORK_BAD_ANSWER', message: expect.stringContaining(message) },
    });
  });

  it('must pass on that nobody answers', async () => {
    const gone = { ok: false as const, failure: failure('E_NETWORK_UNREACHABLE', 'refused') };
    expect((await ask(() => gone)).result).toBe(gone);
  });
});
