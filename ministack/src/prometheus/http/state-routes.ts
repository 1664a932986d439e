import { formatPromDuration } from '@plumbline/formats/promql';
import type { Answer, Asked } from '../../common/http-server.ts';
import type { Alert } from '../rules/alert-rule.ts';
import type { RuleState } from '../rules/group-runner.ts';
import type { Scraper } from '../scrape/scraper.ts';
import { success } from './answer.ts';
import type { Context } from './context.ts';
import { invalid } from './parameters.ts';

const never = '0001-01-01T00:00:00Z';
const stamp = (ms: number | undefined) => (ms === undefined ? never : new Date(ms).toISOString());

/** GET /api/v1/targets */
export function targetsRoute({ running }: Context, { params }: Asked): Answer {
  const state = (params.get('state') ?? '').toLowerCase();
  const pool = params.get('scrapePool') ?? '';
  const active = state === 'dropped' ? [] : running.scrapers().map(shownTarget);
  const dropped = running.dropped().filter((d) => pool === '' || d.pool === pool);
  const pools = running.loaded().config.scrapeConfigs.map((s) => s.jobName);
  return success({
    activeTargets: active.filter((t) => pool === '' || t.scrapePool === pool),
    droppedTargets: state === 'active' ? [] : dropped.map(({ discovered }) => ({ discoveredLabels: discovered })),
    droppedTargetCounts: Object.fromEntries(
      pools.filter((p) => pool === '' || p === pool).map((p) => [p, dropped.filter((d) => d.pool === p).length]),
    ),
  });
}

function shownTarget({ target, health, lastError, lastScrape, lastSeconds }: Scraper) {
  return {
    discoveredLabels: target.discovered,
    labels: target.labels,
    scrapePool: target.config.jobName,
    scrapeUrl: target.url,
    globalUrl: target.url,
    lastError: lastError(),
    lastScrape: stamp(lastScrape()),
    lastScrapeDuration: lastSeconds(),
    health: health(),
    scrapeInterval: formatPromDuration(target.intervalMs),
    scrapeTimeout: formatPromDuration(target.timeoutMs),
  };
}

/** GET /api/v1/rules */
export function rulesRoute({ running }: Context, { params }: Asked): Answer {
  const type = (params.get('type') ?? '').toLowerCase();
  if (type !== '' && type !== 'alert' && type !== 'record') throw invalid('type', `not supported value "${type}"`);
  const [names, groups, files] = ['rule_name[]', 'rule_group[]', 'file[]'].map((name) => params.getAll(name));
  const wanted = (list: readonly string[] | undefined, value: string) => !list?.length || list.includes(value);
  const kinds = { '': undefined, alert: 'alerting', record: 'recording' } as const;
  const shown = running
    .groups()
    .filter(({ group }) => wanted(groups, group.name) && wanted(files, group.file))
    .map(({ group, intervalMs, rules, evaluatedAt, seconds }) => ({
      name: group.name,
      file: group.file,
      rules: rules
        .filter(({ rule }) => wanted(names, rule.name) && (kinds[type] ?? rule.type) === rule.type)
        .map(shownRule),
      interval: intervalMs / 1000,
      limit: group.limit,
      evaluationTime: seconds(),
      lastEvaluation: stamp(evaluatedAt()),
    }));
  const filtered = type !== '' || names?.length;
  return success({ groups: filtered ? shown.filter((group) => group.rules.length > 0) : shown });
}

function shownRule(state: RuleState): Readonly<Record<string, unknown>> {
  const { rule, health, lastError, seconds, evaluatedAt } = state;
  const common = {
    health,
    ...(lastError === '' ? {} : { lastError }),
    evaluationTime: seconds,
    lastEvaluation: stamp(evaluatedAt),
  };
  if (rule.type === 'recording') {
    const labels = Object.keys(rule.labels).length > 0 ? { labels: rule.labels } : {};
    return { name: rule.name, query: rule.query, ...labels, ...common, type: 'recording' };
  }
  const alerts = [...state.alerts.values()];
  const worst = alerts.some((a) => a.state === 'firing') ? 'firing' : alerts.length > 0 ? 'pending' : 'inactive';
  return {
    state: worst,
    name: rule.name,
    query: rule.query,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringMs / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: alerts.map(shownAlert),
    ...common,
    type: 'alerting',
  };
}

/** GET /api/v1/alerts */
export function alertsRoute({ running }: Context): Answer {
  const alerts = running.groups().flatMap(({ rules }) => rules.flatMap((state) => [...state.alerts.values()]));
  return success({ alerts: alerts.map(shownAlert) });
}

function shownAlert({ labels, annotations, state, activeAt, value }: Alert): Readonly<Record<string, unknown>> {
  return { labels, annotations, state, activeAt: stamp(activeAt), value: exponent(value) };
}

/** As Go's `%e` with the fewest digits: `0e+00`, `1.5e+01`. */
function exponent(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
