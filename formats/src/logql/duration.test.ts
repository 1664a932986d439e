import { expect, test } from 'vitest';
import { formatGoDuration, formatModelDuration, parseGoDuration, parseModelDuration } from './duration.ts';

test.each([
  ['1h30m', 5_400_000_000_000n, '1h30m0s'],
  ['1440h', 5_184_000_000_000_000n, '1440h0m0s'],
  ['1.5s', 1_500_000_000n, '1.5s'],
  ['250ms', 250_000_000n, '250ms'],
  ['90s', 90_000_000_000n, '1m30s'],
  ['-2m', -120_000_000_000n, '-2m0s'],
  ['0', 0n, '0s'],
  ['1us', 1_000n, '1µs'],
])('Go reads %s and writes it anew', (text, ns, written) => {
  expect(parseGoDuration(text)).toBe(ns);
  expect(formatGoDuration(ns)).toBe(written);
});

test.each([
  ['720h', '30d'],
  ['168h', '1w'],
  ['721h', '30d1h'],
  ['10m', '10m'],
  ['1d12h', '1d12h'],
  ['365d', '1y'],
  ['0s', '0s'],
  ['1500ms', '1s500ms'],
])('Prometheus reads %s and writes %s', (text, written) => {
  expect(formatModelDuration(parseModelDuration(text) ?? -1n)).toBe(written);
});

test.each(['', '720 hours', '5', 'h', '1.5d'])('neither reads "%s"', (text) => {
  expect(parseGoDuration(text)).toBeUndefined();
  expect(parseModelDuration(text)).toBeUndefined();
});

test('each refuses what only the other knows', () => {
  expect(parseGoDuration('30d')).toBeUndefined();
  expect(parseModelDuration('1.5s')).toBeUndefined();
  expect(parseModelDuration('5m1h')).toBeUndefined();
});
