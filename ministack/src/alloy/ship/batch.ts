import type { Endpoint } from '../pipeline/build.ts';
import type { Labels } from '../pipeline/entry.ts';
import { labelText } from '../pipeline/entry.ts';
import type { Push } from './record.ts';

/** What a line costs beside its text, so that many empty ones fill a batch, too. */
const entryOverhead = 24;

interface Stream {
  readonly labels: Labels;
  readonly values: string[];
}

/** Gathers lines by endpoint and stream until they are sent together. */
export class Batch {
  private readonly endpoints = new Map<string, { streams: Map<string, Stream>; entries: number }>();
  private readonly keys = new WeakMap<Labels, string>();
  /** About what the lines take; compared with batch_size. */
  bytes = 0;
  /** When the first line came. */
  since = 0;

  get empty(): boolean {
    return this.endpoints.size === 0;
  }

  add(endpoint: Endpoint, labels: Labels, ns: bigint, line: string, now: number): void {
    if (this.endpoints.size === 0) this.since = now;
    let key = this.keys.get(labels);
    if (key === undefined) {
      key = labelText(labels);
      this.keys.set(labels, key);
    }
    const to = this.endpoints.get(endpoint.key) ?? { streams: new Map<string, Stream>(), entries: 0 };
    this.endpoints.set(endpoint.key, to);
    const stream = to.streams.get(key) ?? { labels, values: [] };
    to.streams.set(key, stream);
    stream.values.push(`["${ns}",${JSON.stringify(line)}]`);
    to.entries++;
    this.bytes += line.length + entryOverhead;
  }

  /** The requests for what was gathered; the batch is empty afterwards. */
  take(): readonly Push[] {
    const pushes = [...this.endpoints].map(([endpoint, { streams, entries }]) => {
      const parts = [...streams.values()].map(
        (s) => `{"stream":${JSON.stringify(s.labels)},"values":[${s.values.join(',')}]}`,
      );
      return { endpoint, entries, body: Buffer.from(`{"streams":[${parts.join(',')}]}`) };
    });
    this.endpoints.clear();
    this.bytes = 0;
    return pushes;
  }
}
