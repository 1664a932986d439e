/** A moment in milliseconds since 1970 as ISO 8601, UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The moment of an ISO 8601 text in milliseconds since 1970; undefined for what is none. */
export function msOfIsoTime(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A moment in nanoseconds since 1970, which a JavaScript number cannot hold, as ISO 8601, UTC, to the millisecond. */
export function isoTimeOfNs(ns: string): string {
  return isoTime(Number(BigInt(ns) / 1_000_000n));
}
