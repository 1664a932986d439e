import { formatModelDuration, parseModelDuration } from '../logql/duration.ts';

const longestMs = 9_223_372_036_854;

/** Reads `1h30m` and the like as Prometheus does, in milliseconds; undefined for what it refuses. */
export function parsePromDuration(text: string): number | undefined {
  const ns = parseModelDuration(text);
  if (ns === undefined) return undefined;
  const ms = Number(ns / 1_000_000n);
  return ms > longestMs ? undefined : ms;
}

/** Writes milliseconds as Prometheus does: `1h30m`, `15d`, `0s`. */
export function formatPromDuration(ms: number): string {
  return formatModelDuration(BigInt(Math.round(ms)) * 1_000_000n);
}
