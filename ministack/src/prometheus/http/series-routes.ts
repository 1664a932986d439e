import type { Selector } from '@plumbline/formats/promql';
import type { Answer, Asked } from '../../common/http-server.ts';
import { byCode, byLabels, nameLabel } from '../labels.ts';
import type { Series } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { ApiFault, success } from './answer.ts';
import type { Context } from './context.ts';
import { invalid, selectorsOf, timeOf } from './parameters.ts';

/** GET, POST /api/v1/series */
export function seriesRoute({ store }: Context, asked: Asked): Answer {
  if (!asked.params.has('match[]')) throw new ApiFault('bad_data', 'no match[] parameter provided');
  const found = seriesOf(store, asked.params).map((series) => series.labels);
  return success([...found].sort(byLabels));
}

/** GET, POST /api/v1/labels */
export function labelsRoute({ store }: Context, { params }: Asked): Answer {
  return success(distinct(seriesOf(store, params).flatMap((series) => Object.keys(series.labels))));
}

/** GET /api/v1/label/<name>/values */
export function labelValuesRoute({ store }: Context, { params }: Asked, name: string): Answer {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new ApiFault('bad_data', `invalid label name: "${name}"`);
  return success(distinct(seriesOf(store, params).flatMap((series) => series.labels[name] ?? [])));
}

/** GET /api/v1/metadata */
export function metadataRoute({ running }: Context, { params }: Asked): Answer {
  const wanted = params.get('metric') ?? '';
  const limit = wholeNumber(params, 'limit');
  const found = new Map<string, Map<string, unknown>>();
  for (const scraper of running.scrapers()) {
    for (const [metric, { type, help }] of scraper.metadata()) {
      if (wanted !== '' && metric !== wanted) continue;
      if (limit > 0 && found.size >= limit && !found.has(metric)) continue;
      const entry = { type, help, unit: '' };
      found.set(metric, (found.get(metric) ?? new Map<string, unknown>()).set(JSON.stringify(entry), entry));
    }
  }
  return success(Object.fromEntries([...found].map(([metric, entries]) => [metric, [...entries.values()]])));
}

/** The series with a sample in the time asked for that any of the selectors lets through. */
function seriesOf(store: Store, params: URLSearchParams): readonly Series[] {
  const start = timeOf(params, 'start', Number.NEGATIVE_INFINITY);
  const end = timeOf(params, 'end', Number.POSITIVE_INFINITY);
  if (end < start) throw invalid('end', 'end timestamp must not be before start time');
  const selectors: readonly (Selector | undefined)[] = params.has('match[]') ? selectorsOf(params) : [undefined];
  const found = selectors.flatMap((s) => (s === undefined ? [...store.all()] : store.select(s.matchers)));
  return [...new Set(found)].filter((series) => {
    const at = series.indexOf(start);
    return at < series.size && (series.times[at] as number) <= end && series.labels[nameLabel] !== undefined;
  });
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(byCode);
}

function wholeNumber(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  if (text === '') return -1;
  if (!/^-?\d+$/.test(text)) throw new ApiFault('bad_data', `${name} must be a number`);
  return Number(text);
}
