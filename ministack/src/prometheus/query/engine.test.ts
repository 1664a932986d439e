import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePromql } from '@plumbline/formats/promql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labelsOf } from '../labels.ts';
import { openStore, type Store } from '../store/store.ts';
import { instantQuery, rangeQuery, usualLimits } from './engine.ts';

let directory: string;
let store: Store;
const labels = (text: string) =>
  labelsOf(text.split(',').map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''] as const));

/** One sample each ten seconds from zero; `x` is no sample and `_` the end of the series. */
function put(series: string, ...values: readonly (number | 'x' | '_')[]): void {
  for (const [n, value] of values.entries()) {
    if (value !== 'x') store.append(n * 10_000, [{ labels: labels(series), value: value === '_' ? 'stale' : value }]);
  }
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'plumbline-engine-'));
  store = openStore(directory, Number.NEGATIVE_INFINITY, { maxSamples: 10_000, maxSeries: 100 });
  put('__name__=c,i=1', 0, 10, 20, 30, 40, 50, 60);
  put('__name__=c,i=2', 100, 110, 5, 15, 25, 35, 45);
  put('__name__=ends,i=1', 1, 2, 3, '_');
  put('__name__=gap,i=1', 1, 'x', 'x', 4, 'x', 'x', 7);
});

afterAll(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

function ask(text: string, seconds: number): unknown {
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const value = instantQuery(store, parsed.value, seconds * 1000);
  if (value.type === 'scalar') return value.value;
  if (value.type !== 'vector') return value;
  return Object.fromEntries(value.samples.map((s) => [s.labels.i ?? '', Number(s.value.toPrecision(12))]));
}

test.each([
  // Sixty seconds grow by 60, all of it between the first and last sample.
  ['increase(c{i="1"}[60s])', 60, { 1: 60 }],
  ['rate(c{i="1"}[60s])', 60, { 1: 1 }],
  // 100, 110, then from zero to 5 and on to 45: 10 + 5 + 40.
  ['increase(c{i="2"}[60s])', 60, { 2: 55 }],
  ['resets(c[60s])', 60, { 1: 0, 2: 1 }],
  // Samples at 20 to 50 s, range from 15 to 55: five seconds to either end are extrapolated.
  ['increase(c{i="1"}[40s])', 55, { 1: 40 }],
  // Only at 50 and 60 s, in a range of 19 s from 46: 10 s measured, 4 before and 5 after.
  ['increase(c{i="1"}[19s])', 65, { 1: 19 }],
  // A counter is not extrapolated to before it was zero.
  ['increase(c{i="1"}[100s])', 60, { 1: 60 }],
  ['delta(gap[60s])', 60, { 1: 6 }],
  ['irate(c[60s])', 60, { 1: 1, 2: 1 }],
  ['changes(gap[60s])', 60, { 1: 2 }],
  ['avg_over_time(gap[60s])', 60, { 1: 4 }],
  ['rate(c[5s])', 60, {}],
])('%s at %i s must be as computed by hand', (query, at, wanted) => {
  expect(ask(query, at)).toEqual(wanted);
});

test('a series must be seen for five minutes, and not at all once it has ended', () => {
  expect(ask('gap', 359)).toEqual({ 1: 7 });
  expect(ask('gap', 361)).toEqual({});
  expect(ask('ends', 29)).toEqual({ 1: 3 });
  expect(ask('ends', 30)).toEqual({});
  expect(ask('count_over_time(ends[60s])', 60)).toEqual({ 1: 3 });
});

test('a query must be stopped where it reads too much or takes too long', () => {
  const parsed = parsePromql('sum_over_time(c[60s])');
  if (!parsed.ok) throw new Error('a good expression was refused');
  const range = { start: 0, end: 60_000, step: 1 };
  expect(() => rangeQuery(store, parsed.value, range, { ...usualLimits, maxSamples: 1000 })).toThrow(
    'too many samples',
  );
  expect(() => rangeQuery(store, parsed.value, range, { ...usualLimits, timeoutMs: 0 })).toThrow('timed out');
  expect(rangeQuery(store, parsed.value, { ...range, step: 10_000 })).toHaveLength(2);
});

test('the store must give up the oldest samples over its limit, and say so', () => {
  const cuts: number[] = [];
  const small = join(directory, 'small');
  const limits = { maxSamples: 100, maxSeries: 2 };
  const bounded = openStore(small, Number.NEGATIVE_INFINITY, limits, (before) => cuts.push(before));
  for (let n = 0; n < 150; n += 1) bounded.append(n, [{ labels: labels('__name__=a,i=1'), value: n }]);
  expect(bounded.samples()).toBeLessThanOrEqual(100);
  expect(cuts.length).toBeGreaterThan(0);
  expect(bounded.cutBefore()).toBe(cuts.at(-1));
  expect([...bounded.all()][0]?.lastTime).toBe(149);
  expect(bounded.hasRoomFor([labels('__name__=b,i=1')])).toBe(true);
  expect(bounded.hasRoomFor([labels('__name__=b,i=1'), labels('__name__=b,i=2')])).toBe(false);
  bounded.close();
  const again = openStore(small, 120, { maxSamples: 1000, maxSeries: 2 });
  expect([again.samples(), [...again.all()][0]?.times[0]]).toEqual([30, 120]);
  again.close();
});
