import type { Log } from '../../common/child.ts';
import { keyOf, type Labels, labelsOf, nameLabel } from '../labels.ts';
import { instantQuery } from '../query/engine.ts';
import type { Sample } from '../query/value.ts';
import type { Row, Store } from '../store/store.ts';
import { type Alert, alertRows, nextAlerts } from './alert-rule.ts';
import type { Rule, RuleGroup } from './rule-file.ts';

/** A rule with what its last evaluation gave. */
export interface RuleState {
  readonly rule: Rule;
  health: 'unknown' | 'ok' | 'err';
  lastError: string;
  alerts: ReadonlyMap<string, Alert>;
  seconds: number;
  evaluatedAt: number | undefined;
  /** The series that it wrote last. */
  written: ReadonlyMap<string, Labels>;
}

/** A group that evaluates its rules, one after the other, on time. */
export interface GroupRunner {
  readonly group: RuleGroup;
  readonly intervalMs: number;
  readonly rules: readonly RuleState[];
  readonly evaluatedAt: () => number | undefined;
  readonly seconds: () => number;
  /** Ends it; with `ended`, its series end too. */
  stop(ended: boolean): void;
}

export interface GroupOptions {
  readonly store: Store;
  readonly intervalMs: number;
  readonly externalLabels: Labels;
  readonly log: Log;
  /** The states of the same group before a reload: an alert that waits goes on waiting. */
  readonly before?: readonly RuleState[];
}

export function startGroup(group: RuleGroup, options: GroupOptions): GroupRunner {
  const { store, log } = options;
  const intervalMs = group.intervalMs || options.intervalMs;
  const rules = group.rules.map((rule, index) => stateOf(rule, options.before?.[index]));
  let evaluatedAt: number | undefined;
  let seconds = 0;

  const evaluateAll = (time: number) => {
    const began = performance.now();
    for (const state of rules) evaluateRule(state, group, time, options);
    evaluatedAt = time;
    seconds = (performance.now() - began) / 1000;
  };

  let timer: NodeJS.Timeout | undefined;
  const schedule = (at: number) => {
    timer = setTimeout(
      () => {
        try {
          evaluateAll(Date.now());
        } catch (thrown) {
          log('error', 'a rule group could not be evaluated', { group: group.name, err: String(thrown) });
        }
        const missed = Math.max(0, Math.ceil((Date.now() - at) / intervalMs) - 1);
        schedule(at + (missed + 1) * intervalMs);
      },
      Math.max(0, at - Date.now()),
    );
  };
  schedule(Date.now() + Math.min(1000, intervalMs / 2));

  return {
    group,
    intervalMs,
    rules,
    evaluatedAt: () => evaluatedAt,
    seconds: () => seconds,
    stop(ended) {
      clearTimeout(timer);
      const gone = rules.flatMap((state) => [...state.written.values()]);
      if (ended && gone.length > 0)
        store.append(
          Date.now(),
          gone.map((labels) => ({ labels, value: 'stale' as const })),
        );
    },
  };
}

function stateOf(rule: Rule, before: RuleState | undefined): RuleState {
  const same = before?.rule.name === rule.name && before.rule.query === rule.query && before.rule.type === rule.type;
  return {
    rule,
    health: 'unknown',
    lastError: '',
    alerts: same ? before.alerts : new Map(),
    seconds: 0,
    evaluatedAt: undefined,
    written: same ? before.written : new Map(),
  };
}

function evaluateRule(state: RuleState, group: RuleGroup, time: number, options: GroupOptions): void {
  const began = performance.now();
  let rows: readonly Row[] = [];
  try {
    rows = rowsOf(state, group, time, options);
    [state.health, state.lastError] = ['ok', ''];
  } catch (thrown) {
    state.health = 'err';
    state.lastError = thrown instanceof Error ? thrown.message : String(thrown);
    options.log('warn', 'Evaluating rule failed', { group: group.name, rule: state.rule.name, err: state.lastError });
  }
  const now = new Map(rows.map((row) => [keyOf(row.labels), row.labels]));
  const ended = [...state.written].filter(([key]) => !now.has(key));
  const all = [...rows, ...ended.map(([, labels]) => ({ labels, value: 'stale' as const }))];
  if (options.store.hasRoomFor([...now.values()])) options.store.append(time, all);
  else [state.health, state.lastError] = ['err', 'the series limit of this stand-in is reached'];
  state.written = now;
  state.evaluatedAt = time;
  state.seconds = (performance.now() - began) / 1000;
}

function rowsOf(state: RuleState, group: RuleGroup, time: number, options: GroupOptions): readonly Row[] {
  const { rule } = state;
  const samples = samplesOf(rule, time, options);
  if (group.limit > 0 && samples.length > group.limit) {
    if (rule.type === 'alerting') state.alerts = new Map();
    throw new Error(
      `exceeded limit of ${group.limit} with ${samples.length} ${rule.type === 'alerting' ? 'alerts' : 'series'}`,
    );
  }
  if (rule.type === 'alerting') {
    state.alerts = nextAlerts(rule, state.alerts, samples, { time, externalLabels: options.externalLabels });
    return alertRows(state.alerts.values());
  }
  const rows = samples.map(({ labels, value }) => ({
    labels: labelsOf(Object.entries({ ...labels, ...rule.labels, [nameLabel]: rule.name })),
    value,
  }));
  if (new Set(rows.map((row) => keyOf(row.labels))).size < rows.length) {
    throw new Error('vector contains metrics with the same labelset after applying rule labels');
  }
  return rows;
}

function samplesOf(rule: Rule, time: number, { store }: GroupOptions): readonly Sample[] {
  const value = instantQuery(store, rule.expr, time);
  if (value.type === 'vector') return value.samples;
  if (value.type === 'scalar') return [{ labels: {}, value: value.value }];
  throw new Error('rule result is not a vector or scalar');
}
