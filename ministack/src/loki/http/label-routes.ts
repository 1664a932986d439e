import { errorText, type LogQuery, type Matcher, parseSelector } from '@plumbline/formats/logql';
import { byCode, labelOf } from '../labels.ts';
import { BadParameter, timeRange } from '../query/times.ts';
import type { Stream } from '../store/stream.ts';
import { type Answer, json, success } from './answer.ts';
import type { Context, Request } from './context.ts';

const sixHours = 21_600_000_000_000n;

/** The names of labels. */
export function labelsRoute(context: Context, request: Request): Answer {
  return success(distinct(streamsOf(context, request).flatMap((stream) => Object.keys(stream.labels))));
}

/** The values of one label. */
export function labelValuesRoute(context: Context, request: Request, name: string): Answer {
  return success(distinct(streamsOf(context, request).flatMap((stream) => labelOf(stream.labels, name) ?? [])));
}

/** The label sets of the streams that any of the `match[]` selectors lets through. */
export function seriesRoute(context: Context, request: Request): Answer {
  const range = timeRange(request.params, context.now(), sixHours);
  const selectors = [...request.params.getAll('match[]'), ...request.params.getAll('match')].filter((s) => s !== '');
  const groups = selectors.length === 0 ? [[]] : selectors.map((s) => selectorOf(s).matchers);
  const found = new Map(
    groups.flatMap((g) => inRange(context, g, range)).map((stream) => [stream.text, stream.labels]),
  );
  return json({ status: 'success', data: [...found.values()] });
}

/** Loki's index knows what is flushed; the stand-in flushes nothing, which is what the real one answers for fresh lines. */
export function indexStatsRoute(context: Context, request: Request): Answer {
  timeRange(request.params, context.now(), sixHours);
  selectorOf(request.params.get('query') ?? '');
  return json({ streams: 0, chunks: 0, bytes: 0, entries: 0 });
}

function streamsOf(context: Context, { params }: Request): readonly Stream[] {
  const range = timeRange(params, context.now(), sixHours);
  const query = params.get('query') ?? '';
  return inRange(context, query === '' || query === '{}' ? [] : selectorOf(query).matchers, range);
}

/** Streams with a line in the range, and those that an ingester would still hold, whatever the range. */
function inRange(
  { store, settings, now }: Context,
  matchers: readonly Matcher[],
  { start, end }: { readonly start: bigint; readonly end: bigint },
): readonly Stream[] {
  const askIngesters = end >= now() - settings.queryIngestersWithinNs;
  const heldFromMs = Number((now() - settings.idleNs) / 1_000_000n);
  return store.select(matchers).filter((stream) => {
    if (askIngesters && stream.touchedMs >= heldFromMs) return true;
    const at = stream.indexOf(start);
    return at < stream.size && stream.entry(at).ts <= end;
  });
}

function selectorOf(text: string): LogQuery {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new BadParameter(errorText(parsed.failure));
  return parsed.value;
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(byCode);
}
