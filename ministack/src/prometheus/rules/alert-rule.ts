import { keyOf, type Labels, labelsOf, nameLabel } from '../labels.ts';
import type { Sample } from '../query/value.ts';
import type { Row } from '../store/store.ts';
import type { AlertingRule } from './rule-file.ts';
import { expandTemplate } from './template.ts';

/** An alert that is pending or fires. */
export interface Alert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: number;
  readonly value: number;
  /** Since when its condition no longer holds, while it is kept firing. */
  readonly keptSince?: number;
}

/** The alerts of a rule at a moment, from those before it and what its expression found. */
export function nextAlerts(
  rule: AlertingRule,
  before: ReadonlyMap<string, Alert>,
  samples: readonly Sample[],
  { time, externalLabels }: { readonly time: number; readonly externalLabels: Labels },
): ReadonlyMap<string, Alert> {
  const next = new Map<string, Alert>();
  for (const { labels: found, value } of samples) {
    const { [nameLabel]: _, ...own } = found;
    const data = { labels: own, externalLabels, value };
    const fill = (templates: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, filled(text, data)]));
    const labels = labelsOf(Object.entries({ ...own, ...fill(rule.labels), alertname: rule.name }));
    const key = keyOf(labels);
    if (next.has(key)) throw new Error('vector contains metrics with the same labelset after applying alert labels');
    const activeAt = before.get(key)?.activeAt ?? time;
    const fires = time - activeAt >= rule.forMs || before.get(key)?.state === 'firing';
    next.set(key, {
      labels,
      annotations: fill(rule.annotations),
      state: fires ? 'firing' : 'pending',
      activeAt,
      value,
    });
  }
  for (const [key, alert] of before) {
    if (next.has(key) || alert.state !== 'firing' || rule.keepFiringMs === 0) continue;
    const keptSince = alert.keptSince ?? time;
    if (time - keptSince < rule.keepFiringMs) next.set(key, { ...alert, keptSince });
  }
  return next;
}

/** The series that tell of a rule's alerts. */
export function alertRows(alerts: Iterable<Alert>): readonly Row[] {
  return [...alerts].flatMap(({ labels, state, activeAt }) => [
    { labels: labelsOf(Object.entries({ ...labels, [nameLabel]: 'ALERTS', alertstate: state })), value: 1 },
    {
      labels: labelsOf(Object.entries({ ...labels, [nameLabel]: 'ALERTS_FOR_STATE' })),
      value: Math.floor(activeAt / 1000),
    },
  ]);
}

function filled(text: string, data: Parameters<typeof expandTemplate>[1]): string {
  try {
    return expandTemplate(text, data);
  } catch (thrown) {
    return `<error expanding template: ${thrown instanceof Error ? thrown.message : String(thrown)}>`;
  }
}
