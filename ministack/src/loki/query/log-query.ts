import type { LogQuery } from '@plumbline/formats/logql';
import { byCode, type Labels, labelText, sorted } from '../labels.ts';
import type { Store } from '../store/store.ts';
import { runStages } from './pipeline.ts';

export interface StreamResult {
  readonly stream: Labels;
  readonly values: readonly (readonly [string, string])[];
}

export interface LogRequest {
  readonly query: LogQuery;
  /** Lines at `start` are in, lines at `end` are not. */
  readonly start: bigint;
  readonly end: bigint;
  readonly limit: number;
  readonly forward: boolean;
}

interface Found {
  readonly ts: bigint;
  readonly line: string;
  readonly labels: Labels;
}

/** The first (or last) `limit` lines over all streams, gathered by the labels that they end up with. */
export function runLogQuery(store: Store, request: LogRequest): readonly StreamResult[] {
  const { query, start, end, limit, forward } = request;
  const byTime = (a: Found, b: Found) => (a.ts === b.ts ? 0 : a.ts < b.ts === forward ? -1 : 1);
  let found: Found[] = [];
  for (const stream of store.select(query.matchers)) {
    const from = stream.indexOf(start);
    const to = stream.indexOf(end);
    const labelsOf = overlay(stream.labels);
    let taken = 0;
    for (let n = 0; n < to - from && taken < limit; n += 1) {
      const entry = stream.entry(forward ? from + n : to - 1 - n);
      const row = runStages(query.stages, stream.labels, { line: entry.line, labels: labelsOf(entry.attrs) });
      if (row === undefined) continue;
      found.push({ ts: entry.ts, ...row });
      taken += 1;
    }
    if (found.length > limit * 4) found = found.sort(byTime).slice(0, limit);
  }
  return gathered(found.sort(byTime).slice(0, limit));
}

/** Equal metadata is one object, so that its union with the stream's labels is made once and not for every line. */
export function overlay(stream: Labels): (attrs: Labels) => Labels {
  const known = new Map<Labels, Labels>();
  return (attrs) => {
    const found = known.get(attrs) ?? { ...stream, ...attrs };
    known.set(attrs, found);
    return found;
  };
}

function gathered(found: readonly Found[]): readonly StreamResult[] {
  const streams = new Map<string, { stream: Labels; values: [string, string][] }>();
  for (const { ts, line, labels } of found) {
    const text = labelText(labels);
    const known = streams.get(text) ?? { stream: sorted(labels), values: [] };
    known.values.push([String(ts), line]);
    streams.set(text, known);
  }
  return [...streams].sort(([a], [b]) => byCode(a, b)).map(([, result]) => result);
}
