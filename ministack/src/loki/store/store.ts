import type { Matcher } from '@plumbline/formats/logql';
import { type Labels, labelOf, labelText } from '../labels.ts';
import { type Journal, openJournal, type StreamRecord } from './journal.ts';
import { type Entry, Stream } from './stream.ts';

/** What one push brings to one stream. */
export interface Addition {
  readonly labels: Labels;
  readonly entries: readonly Entry[];
}

/** All streams, in memory and in the journal. */
export interface Store {
  /** Writes the new ones of these to the journal, then shows them to queries. Throws where the disk refuses. */
  add(additions: readonly Addition[], nowMs: number): void;
  has(text: string): boolean;
  /** How many streams took a push since then: Loki's limit is on those that it still holds open. */
  activeSince(ms: number): number;
  streamCount(): number;
  /** The streams that all matchers let through, ordered by their labels. */
  select(matchers: readonly Matcher[]): readonly Stream[];
  /** Deletes what is older, and streams that are left with nothing. */
  dropBefore(ts: bigint, idleBeforeMs: number): void;
  close(): void;
}

/** Opens the store in a directory and reads back what is there, lines older than `keepFrom` left out. */
export function openStore(directory: string, keepFrom: bigint): Store {
  const streams = new Map<string, Stream>();
  const interned = new Map<string, Labels>();

  const intern = (attrs: Labels): Labels => {
    const key = labelText(attrs);
    const known = interned.get(key);
    if (known !== undefined) return known;
    if (interned.size > 100_000) interned.clear();
    interned.set(key, attrs);
    return attrs;
  };
  const streamOf = (labels: Labels, nowMs: number): Stream => {
    const text = labelText(labels);
    const known = streams.get(text) ?? new Stream(labels, text, nowMs);
    known.touchedMs = Math.max(known.touchedMs, nowMs);
    streams.set(text, known);
    return known;
  };

  const journal: Journal = openJournal(directory, (record) => {
    for (const { labels, entries } of record.streams) {
      const kept = entries
        .map(([ts, line, attrs]): Entry => ({ ts: BigInt(ts), line, attrs: intern(attrs ?? {}) }))
        .filter((entry) => entry.ts >= keepFrom);
      if (kept.length === 0 && entries.length > 0) continue;
      streamOf(labels, record.at).insert(kept);
    }
  });

  return {
    add(additions, nowMs) {
      const merged = mergeByStream(additions);
      const news = merged.map(({ labels, entries }) => {
        const known = streams.get(labelText(labels));
        const unique = (known ?? new Stream(labels, '', nowMs)).fresh(entries);
        return { labels, entries: unique.map((e) => ({ ...e, attrs: intern(e.attrs) })), known: known !== undefined };
      });
      const written = news.filter((n) => n.entries.length > 0 || !n.known);
      if (written.length > 0) journal.append({ at: nowMs, streams: written.map(recordOf) });
      for (const { labels, entries } of news) streamOf(labels, nowMs).insert(entries);
    },
    has: (text) => streams.has(text),
    activeSince: (ms) => [...streams.values()].filter((s) => s.touchedMs >= ms).length,
    streamCount: () => streams.size,
    select(matchers) {
      const found = [...streams.values()].filter((s) => matchers.every((m) => m.test(labelOf(s.labels, m.name) ?? '')));
      return found.sort((a, b) => (a.text < b.text ? -1 : 1));
    },
    dropBefore(ts, idleBeforeMs) {
      for (const stream of streams.values()) {
        stream.dropBefore(ts);
        if (stream.size === 0 && stream.touchedMs < idleBeforeMs) streams.delete(stream.text);
      }
      journal.dropBefore(ts);
    },
    close: () => journal.close(),
  };
}

function mergeByStream(additions: readonly Addition[]): readonly Addition[] {
  const byText = new Map<string, { labels: Labels; entries: Entry[] }>();
  for (const { labels, entries } of additions) {
    const text = labelText(labels);
    const known = byText.get(text);
    if (known) for (const entry of entries) known.entries.push(entry);
    else byText.set(text, { labels, entries: [...entries] });
  }
  return [...byText.values()];
}

function recordOf(addition: Addition): StreamRecord {
  return {
    labels: addition.labels,
    entries: addition.entries.map(({ ts, line, attrs }) =>
      Object.keys(attrs).length === 0 ? ([String(ts), line] as const) : ([String(ts), line, attrs] as const),
    ),
  };
}
