import { formatPromDuration } from '@plumbline/formats/promql';
import { relabel } from '../config/relabel.ts';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import { type Labels, labelsOf } from '../labels.ts';

/** Something to scrape, as the configuration makes it. */
export interface Target {
  readonly discovered: Labels;
  readonly labels: Labels;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly config: ScrapeConfig;
}

export interface Targets {
  readonly active: readonly Target[];
  readonly dropped: readonly { readonly discovered: Labels; readonly pool: string }[];
}

/** The targets of a job: its static groups after relabelling, each address once. */
export function targetsOf(config: ScrapeConfig): Targets {
  const active = new Map<string, Target>();
  const dropped: { discovered: Labels; pool: string }[] = [];
  for (const { targets, labels } of config.groups) {
    for (const address of targets) {
      const discovered = discoveredLabels(config, address, labels);
      const made = relabel(discovered, config.relabel);
      if (made === undefined || made.__address__ === undefined) {
        dropped.push({ discovered, pool: config.jobName });
        continue;
      }
      const target = targetOf(config, discovered, made, made.__address__);
      active.set(JSON.stringify([target.url, target.labels]), target);
    }
  }
  return { active: [...active.values()], dropped };
}

function discoveredLabels(config: ScrapeConfig, address: string, labels: Readonly<Record<string, string>>): Labels {
  const params = Object.entries(config.params).map(([name, values]) => [`__param_${name}`, values[0] ?? ''] as const);
  return labelsOf(
    Object.entries({
      job: config.jobName,
      ...labels,
      __address__: address,
      __metrics_path__: labels.__metrics_path__ ?? config.metricsPath,
      __scheme__: labels.__scheme__ ?? config.scheme,
      __scrape_interval__: formatPromDuration(config.intervalMs),
      __scrape_timeout__: formatPromDuration(config.timeoutMs),
      ...Object.fromEntries(params),
    }),
  );
}

function targetOf(config: ScrapeConfig, discovered: Labels, made: Labels, written: string): Target {
  const scheme = made.__scheme__ ?? config.scheme;
  const address = /:\d+$/.test(written) ? written : `${written}:${scheme === 'https' ? 443 : 80}`;
  const query = new URLSearchParams(
    Object.entries(config.params).flatMap(([k, all]) => all.map((v): [string, string] => [k, v])),
  );
  const text = query.toString();
  const shown = Object.entries(made).filter(([name]) => !name.startsWith('__'));
  return {
    discovered,
    labels: labelsOf(Object.entries({ instance: written, ...Object.fromEntries(shown) })),
    url: `${scheme}://${address}${made.__metrics_path__ ?? config.metricsPath}${text === '' ? '' : `?${text}`}`,
    intervalMs: config.intervalMs,
    timeoutMs: config.timeoutMs,
    config,
  };
}
