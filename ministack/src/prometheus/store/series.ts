import type { Labels } from '../labels.ts';

/** The bits of the NaN by which Prometheus marks that a series ended; an ordinary NaN has others. */
export const staleBits = 0x7ff0000000000002n;

/** One series: its samples in order of time, in arrays that grow. */
export class Series {
  readonly labels: Labels;
  readonly key: string;
  size = 0;
  times = new Float64Array(8);
  values = new Float64Array(8);
  /** The same memory as `values`: a stale marker's bits do not survive being read as a number. */
  private bits = new BigUint64Array(this.values.buffer);

  constructor(labels: Labels, key: string) {
    this.labels = labels;
    this.key = key;
  }

  get lastTime(): number {
    return this.size === 0 ? Number.NEGATIVE_INFINITY : (this.times[this.size - 1] as number);
  }

  isStale(index: number): boolean {
    return Number.isNaN(this.values[index]) && this.bits[index] === staleBits;
  }

  /** Whether the last sample is just this one: a page with times of its own is often read twice. */
  holds(time: number, bits: bigint): boolean {
    return this.size > 0 && time === this.lastTime && this.bits[this.size - 1] === bits;
  }

  /** Appends a sample; one that is not newer than the last is refused. */
  append(time: number, bits: bigint): boolean {
    if (time <= this.lastTime) return false;
    if (this.size === this.times.length) this.resize(this.size * 2);
    this.times[this.size] = time;
    this.bits[this.size] = bits;
    this.size += 1;
    return true;
  }

  /** The index of the first sample that is not older than `time`. */
  indexOf(time: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets what is older; answers how many samples that were. */
  dropBefore(time: number): number {
    const gone = this.indexOf(time);
    if (gone === 0) return 0;
    this.times.copyWithin(0, gone, this.size);
    this.bits.copyWithin(0, gone, this.size);
    this.size -= gone;
    if (this.size * 4 < this.times.length && this.times.length > 8) this.resize(Math.max(8, this.size * 2));
    return gone;
  }

  private resize(length: number): void {
    const [times, values] = [new Float64Array(length), new Float64Array(length)];
    const bits = new BigUint64Array(values.buffer);
    times.set(this.times.subarray(0, this.size));
    bits.set(this.bits.subarray(0, this.size));
    [this.times, this.values, this.bits] = [times, values, bits];
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of a value; every ordinary NaN is the one that Prometheus writes. */
export function bitsOf(value: number): bigint {
  if (Number.isNaN(value)) return 0x7ff8000000000001n;
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}
