import type { Settings } from '../config/settings.ts';
import { type Labels, labelText, sorted } from '../labels.ts';
import type { Metrics } from '../metrics.ts';
import type { Addition, Store } from '../store/store.ts';
import type { Entry } from '../store/stream.ts';
import { decodePush, type PushedStream } from './decode.ts';
import { levelOf } from './level.ts';
import { entryRefusal, labelSyntaxError, labelsRefusal, type Refusal } from './validate.ts';

export interface PushOutcome {
  readonly status: 204 | 400 | 429;
  readonly message: string;
}

/** Takes a push: what is valid is stored, and what is not is told, with 400, as the real one does. */
export function push(body: string, settings: Settings, store: Store, metrics: Metrics, nowNs: bigint): PushOutcome {
  const decoded = decodePush(body);
  if (!decoded.ok) return { status: 400, message: decoded.message };
  const streams = decoded.streams.filter((stream) => stream.entries.length > 0);
  for (const { labels } of streams) {
    const wrong = labelSyntaxError(labels);
    if (wrong !== undefined) return { status: 400, message: wrong };
  }
  const refusals: Refusal[] = [];
  const limited: Refusal[] = [];
  const additions: Addition[] = [];
  const opened = new Set<string>();
  let active: number | undefined;
  for (const stream of streams) {
    metrics.received(stream.entries.length, bytesOf(stream));
    const refusal = labelsRefusal(stream.labels, settings.limits);
    if (refusal) {
      refusals.push(refusal);
      metrics.discarded(refusal.reason, stream.entries.length, bytesOf(stream));
      continue;
    }
    const labels = sorted(withServiceName(stream.labels, settings.limits.discoverServiceName));
    const text = labelText(labels);
    const entries = judge(stream, text, { settings, metrics, nowNs, refusals });
    if (!store.has(text) && !opened.has(text)) {
      const max = settings.limits.maxStreams;
      active ??= store.activeSince(Number((nowNs - settings.idleNs) / 1_000_000n));
      if (max > 0 && active + opened.size >= max) {
        limited.push(streamLimit(text));
        metrics.discarded('stream_limit', stream.entries.length, bytesOf(stream));
        continue;
      }
      opened.add(text);
    }
    additions.push({ labels, entries: entries.map((entry) => stored(entry, stream.labels, settings)) });
  }
  store.add(additions, Number(nowNs / 1_000_000n));
  if (limited.length > 0) return { status: 429, message: grouped(limited) };
  return refusals.length > 0 ? { status: 400, message: grouped(refusals) } : { status: 204, message: '' };
}

interface Judging {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly nowNs: bigint;
  readonly refusals: Refusal[];
}

function judge(
  stream: PushedStream,
  text: string,
  { settings, metrics, nowNs, refusals }: Judging,
): PushedStream['entries'] {
  return stream.entries
    .map((e) => truncated(e, settings))
    .filter((entry) => {
      const refusal = entryRefusal(entry, text, settings.limits, nowNs);
      if (!refusal) return true;
      refusals.push(refusal);
      metrics.discarded(refusal.reason, 1, Buffer.byteLength(entry.line));
      return false;
    });
}

function truncated(entry: PushedStream['entries'][number], { limits }: Settings): PushedStream['entries'][number] {
  if (!limits.truncateLines || Buffer.byteLength(entry.line) <= limits.maxLineSize) return entry;
  return { ...entry, line: Buffer.from(entry.line).subarray(0, limits.maxLineSize).toString() };
}

function stored(entry: PushedStream['entries'][number], sent: Labels, { limits }: Settings): Entry {
  const { ts, line, metadata } = entry;
  if (!limits.structuredMetadata || !limits.discoverLevels) return { ts, line, attrs: metadata };
  const level = levelOf(line, sent, metadata);
  return { ts, line, attrs: level === 'unknown' || level === '' ? metadata : { ...metadata, level } };
}

/** A stream is given a name of its service, from the first of its labels that the configuration lists. */
function withServiceName(labels: Labels, discover: readonly string[]): Labels {
  if (discover.length === 0 || labels.service_name !== undefined) return labels;
  const found = discover.find((name) => labels[name] !== undefined);
  return { ...labels, service_name: found === undefined ? 'unknown_service' : (labels[found] ?? '') };
}

function streamLimit(text: string): Refusal {
  return {
    message: `maximum active stream limit exceeded when trying to create stream ${text}, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, user: 'fake'`,
    reason: 'stream_limit',
  };
}

function grouped(refusals: readonly Refusal[]): string {
  const counts = new Map<string, number>();
  for (const { message } of refusals) counts.set(message, (counts.get(message) ?? 0) + 1);
  if (refusals.length === 1) return refusals[0]?.message ?? '';
  return [...counts].map(([message, count]) => `${count} errors like: ${message}`).join('; ');
}

function bytesOf(stream: PushedStream): number {
  return stream.entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.line), 0);
}
