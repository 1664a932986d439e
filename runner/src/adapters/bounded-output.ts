/** What is kept of a stream of bytes: its start and its end, and how many bytes between them are gone. */
export interface Kept {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly cut: number;
}

/** Takes any number of bytes and keeps the first and the last `limit` of them, in memory that does not grow further. */
export function createBoundedOutput(limit: number): { push(chunk: Uint8Array): void; kept(): Kept } {
  let head = Buffer.alloc(0);
  let headLength = 0;
  let ring: Buffer | undefined;
  /** How many bytes came after the head. */
  let after = 0;
  return {
    push(chunk) {
      const first = chunk.subarray(0, limit - headLength);
      if (headLength + first.length > head.length) {
        const larger = Buffer.alloc(Math.min(limit, Math.max(4096, 2 * (headLength + first.length))));
        head.copy(larger, 0, 0, headLength);
        head = larger;
      }
      head.set(first, headLength);
      headLength += first.length;
      const rest = chunk.subarray(first.length);
      if (rest.length === 0) return;
      ring ??= Buffer.alloc(limit);
      const last = rest.subarray(Math.max(0, rest.length - limit));
      const at = (after + rest.length - last.length) % limit;
      const untilEnd = last.subarray(0, limit - at);
      ring.set(untilEnd, at);
      ring.set(last.subarray(untilEnd.length), 0);
      after += rest.length;
    },
    kept() {
      const at = after % limit;
      const tail =
        ring === undefined
          ? Buffer.alloc(0)
          : after <= limit
            ? ring.subarray(0, after)
            : Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
      return { head: head.subarray(0, headLength), tail, cut: Math.max(0, after - limit) };
    },
  };
}
