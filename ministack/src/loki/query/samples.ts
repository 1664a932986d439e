import type { LogQuery } from '@plumbline/formats/logql';
import { byCode, type Labels, labelText, sorted } from '../labels.ts';
import type { Store } from '../store/store.ts';
import { overlay } from './log-query.ts';
import { runStages } from './pipeline.ts';
import { BadParameter } from './times.ts';

/** The lines of one label set as numbers, in the order of time: 1 a line, or its bytes. */
export interface Samples {
  readonly labels: Labels;
  readonly times: readonly bigint[];
  readonly sizes: readonly number[];
}

/** Reads the lines after one time and up to another. A line that a parser failed on fails the query, as in Loki. */
export function samplesOf(
  store: Store,
  query: LogQuery,
  { after, upTo, ofBytes }: { readonly after: bigint; readonly upTo: bigint; readonly ofBytes: boolean },
): readonly Samples[] {
  const found = new Map<string, { labels: Labels; points: { ts: bigint; size: number }[] }>();
  for (const stream of store.select(query.matchers)) {
    const labelsOf = overlay(stream.labels);
    const texts = new Map<Labels, string>();
    const to = stream.indexOf(upTo + 1n);
    for (let i = stream.indexOf(after + 1n); i < to; i += 1) {
      const entry = stream.entry(i);
      const row = runStages(query.stages, stream.labels, { line: entry.line, labels: labelsOf(entry.attrs) });
      if (row === undefined) continue;
      if (row.labels.__error__) throw new BadParameter(pipelineError(row.labels));
      const text = texts.get(row.labels) ?? labelText(row.labels);
      texts.set(row.labels, text);
      const series = found.get(text) ?? { labels: sorted(row.labels), points: [] };
      series.points.push({ ts: entry.ts, size: ofBytes ? Buffer.byteLength(row.line) : 1 });
      found.set(text, series);
    }
  }
  return [...found]
    .sort(([a], [b]) => byCode(a, b))
    .map(([, { labels, points }]) => {
      const ordered = points.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
      return { labels, times: ordered.map((p) => p.ts), sizes: ordered.map((p) => p.size) };
    });
}

function pipelineError(labels: Labels): string {
  const error = labels.__error__;
  return `pipeline error: '${error}' for series: '${labelText(labels)}'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="${error}").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n`;
}
