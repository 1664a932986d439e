import { keyOf, type Labels, without } from '../labels.ts';
import type { Sample } from './value.ts';

/** The q-quantile of values, between the two nearest ranks. */
export function quantile(q: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = [...values].sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b));
  const rank = q * (sorted.length - 1);
  const low = Math.max(0, Math.floor(rank));
  const high = Math.min(sorted.length - 1, low + 1);
  const weight = rank - Math.floor(rank);
  return (sorted[low] as number) * (1 - weight) + (sorted[high] as number) * weight;
}

interface Bucket {
  readonly upper: number;
  count: number;
}

const leLabel = new Set(['le']);

/** The q-quantile of each classic histogram among the samples, which are its cumulative buckets. */
export function histogramQuantile(q: number, samples: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, { readonly labels: Labels; readonly buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const upper = readUpper(labels.le);
    if (upper === undefined) continue;
    const rest = without(labels, leLabel);
    const key = keyOf(rest);
    const group = groups.get(key) ?? { labels: rest, buckets: [] };
    group.buckets.push({ upper, count: value });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }));
}

function readUpper(le: string | undefined): number | undefined {
  if (le === undefined) return undefined;
  if (/^[+-]?inf$/i.test(le)) return le.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(le) ? Number(le) : undefined;
}

function bucketQuantile(q: number, unsorted: readonly Bucket[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const buckets = coalesced(unsorted);
  const top = buckets.at(-1);
  if (top === undefined || top.upper !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  let highest = 0;
  // Buckets are scraped one by one while a counter runs; a lower count above a higher one is such a slip.
  for (const bucket of buckets) {
    highest = Math.max(highest, bucket.count);
    bucket.count = highest;
  }
  if (top.count === 0) return Number.NaN;
  let rank = q * top.count;
  const at = buckets.slice(0, -1).findIndex((b) => b.count >= rank);
  const index = at < 0 ? buckets.length - 1 : at;
  if (index === buckets.length - 1) return buckets.at(-2)?.upper ?? Number.NaN;
  const bucket = buckets[index] as Bucket;
  if (index === 0 && bucket.upper <= 0) return bucket.upper;
  const below = buckets[index - 1];
  const lower = below?.upper ?? 0;
  const count = bucket.count - (below?.count ?? 0);
  rank -= below?.count ?? 0;
  return lower + (bucket.upper - lower) * (rank / count);
}

function coalesced(buckets: readonly Bucket[]): Bucket[] {
  const byUpper = new Map<number, number>();
  for (const { upper, count } of buckets) byUpper.set(upper, (byUpper.get(upper) ?? 0) + count);
  return [...byUpper].map(([upper, count]) => ({ upper, count })).sort((a, b) => a.upper - b.upper);
}
