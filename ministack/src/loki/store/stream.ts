import type { Labels } from '../labels.ts';

/** A line to be stored. `attrs` are its structured metadata and detected level; equal sets are one object. */
export interface Entry {
  readonly ts: bigint;
  readonly line: string;
  readonly attrs: Labels;
}

/**
 * One stream's lines in the order of time, kept in parallel columns: a million objects would cost several times the
 * memory of their lines.
 */
export class Stream {
  readonly labels: Labels;
  readonly text: string;
  /** When it last took a push, in milliseconds: Loki answers for streams in memory whatever range is asked for. */
  touchedMs: number;
  size = 0;
  private times = new BigInt64Array(8);
  private lines: string[] = [];
  private attrs: Labels[] = [];

  constructor(labels: Labels, text: string, touchedMs: number) {
    this.labels = labels;
    this.text = text;
    this.touchedMs = touchedMs;
  }

  first(): bigint | undefined {
    return this.size === 0 ? undefined : this.times[0];
  }

  last(): bigint | undefined {
    return this.size === 0 ? undefined : this.times[this.size - 1];
  }

  entry(index: number): Entry {
    return { ts: this.times[index] ?? 0n, line: this.lines[index] ?? '', attrs: this.attrs[index] ?? {} };
  }

  line(index: number): string {
    return this.lines[index] ?? '';
  }

  /** The number of lines before `ts`: the index of the first that is not. */
  indexOf(ts: bigint): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.times[middle] ?? 0n) < ts) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  has(ts: bigint, line: string): boolean {
    for (let i = this.indexOf(ts); i < this.size && this.times[i] === ts; i += 1)
      if (this.lines[i] === line) return true;
    return false;
  }

  /** Those of a batch that are new: a line stored once at a time is stored once, however often it comes. */
  fresh(batch: readonly Entry[]): readonly Entry[] {
    const seen = new Set<string>();
    return batch.filter((entry) => {
      const key = `${entry.ts} ${entry.line}`;
      if (seen.has(key) || this.has(entry.ts, entry.line)) return false;
      seen.add(key);
      return true;
    });
  }

  /** Takes in entries of any order; a late batch is merged with the lines that are newer than its oldest. */
  insert(batch: readonly Entry[]): void {
    const ordered = batch.every((entry, i) => i === 0 || (batch[i - 1]?.ts ?? 0n) <= entry.ts)
      ? batch
      : [...batch].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
    const oldest = ordered[0];
    if (oldest === undefined) return;
    const from = this.indexOf(oldest.ts + 1n);
    const tail = Array.from({ length: this.size - from }, (_, i) => this.entry(from + i));
    this.cut(from);
    let next = 0;
    for (const entry of ordered) {
      for (let old = tail[next]; old !== undefined && old.ts <= entry.ts; old = tail[next]) {
        this.append(old);
        next += 1;
      }
      this.append(entry);
    }
    for (const old of tail.slice(next)) this.append(old);
  }

  /** Drops what is older than `ts`; answers how many lines that were. */
  dropBefore(ts: bigint): number {
    const gone = this.indexOf(ts);
    if (gone === 0) return 0;
    this.times = this.times.slice(gone);
    this.lines = this.lines.slice(gone);
    this.attrs = this.attrs.slice(gone);
    this.size -= gone;
    return gone;
  }

  private cut(size: number): void {
    this.size = size;
    this.lines.length = size;
    this.attrs.length = size;
  }

  private append(entry: Entry): void {
    if (this.size >= this.times.length) {
      const wider = new BigInt64Array(Math.max(8, this.times.length * 2));
      wider.set(this.times);
      this.times = wider;
    }
    this.times[this.size] = entry.ts;
    this.lines.push(entry.line);
    this.attrs.push(entry.attrs);
    this.size += 1;
  }
}
