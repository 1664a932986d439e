/** The milliseconds between two looks at the clock. A clock that was set back in between tells of none. Pure. */
export function elapsedMs(startedAt: number, endedAt: number): number {
  return Math.max(0, endedAt - startedAt);
}
