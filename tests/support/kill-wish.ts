import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from './deployment.ts';
import type { Random } from './kill-random.ts';

/** What a project asks for: a number for each part of it that the tests change. 0 is the first version. */
export type Wish = Readonly<Record<Part, number>>;

export type Part = 'loki' | 'prometheus' | 'alloy' | 'grafana' | 'compose';

/** One line of one service's template each; `compose` is of two services' parts of the compose file. */
export const parts: readonly Part[] = ['loki', 'prometheus', 'alloy', 'grafana', 'compose'];

export const firstWish: Wish = { loki: 0, prometheus: 0, alloy: 0, grafana: 0, compose: 0 };

/** Few, so that a change leads back to a generation of before now and then. */
const VERSIONS = 5;

interface Place {
  readonly part: Part;
  readonly file: string;
  readonly line: string;
  with(n: number): string;
}

const templates = 'config/stacks/observability/templates';
const hash = 'io.plumbline.service-hash: "{{ services["host-monitor"].service_hash }}"';

/** Where a number is written. Each is a thing that the service, or its process, tells of itself. */
const places: readonly Place[] = [
  {
    part: 'loki',
    file: 'loki/loki.yml.j2',
    line: 'max_label_names_per_series: 15',
    with: (n) => `max_label_names_per_series: ${15 + n}`,
  },
  {
    part: 'prometheus',
    file: 'prometheus/prometheus.yml.j2',
    line: '  external_labels:\n',
    with: (n) => `  external_labels:\n    wish: "w${n}"\n`,
  },
  { part: 'alloy', file: 'alloy/config.alloy.j2', line: 'logging {', with: (n) => `// wish w${n}\nlogging {` },
  {
    part: 'grafana',
    file: 'grafana/dashboards/logs.json.j2',
    line: '"tags": ["plumbline", "logs"]',
    with: (n) => `"tags": ["plumbline", "logs", "w${n}"]`,
  },
  {
    part: 'compose',
    file: 'compose.yml.j2',
    line: '--storage.tsdb.retention.time=15d',
    with: (n) => `--storage.tsdb.retention.time=${15 + n}d`,
  },
  { part: 'compose', file: 'compose.yml.j2', line: hash, with: (n) => `${hash}\n      io.plumbline.wish: "w${n}"` },
];

/** Writes wishes into the templates of a project, which it takes as they are now. */
export function wishWriter(d: Deployment): (wish: Wish) => void {
  const path = (file: string) => join(d.root, templates, file);
  const originals = new Map(places.map(({ file }) => [file, readFileSync(path(file), 'utf8')]));
  for (const { file, line } of places) {
    if (!originals.get(file)?.includes(line)) throw new Error(`${file} has no ${line}`);
  }
  return (wish) => {
    const texts = new Map(originals);
    for (const place of places)
      texts.set(
        place.file,
        (texts.get(place.file) as string).replace(place.line, () => place.with(wish[place.part])),
      );
    for (const [file, text] of texts) writeFileSync(path(file), text);
  };
}

/** A wish that differs in these parts. */
export function changed(wish: Wish, which: readonly Part[], random: Random): Wish {
  const other = (n: number) => (n + 1 + random.below(VERSIONS - 1)) % VERSIONS;
  return { ...wish, ...Object.fromEntries(which.map((part) => [part, other(wish[part])])) };
}

export function same(one: Wish, other: Wish): boolean {
  return parts.every((part) => one[part] === other[part]);
}
