import { err, failure, ok, type Result } from '@plumbline/contracts';

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** One line of values. A histogram's lines carry their full names, such as `x_bucket`. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970, where the line gives a time. */
  readonly timestamp?: number;
}

/** A metric with its description and its samples. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help?: string;
  readonly samples: readonly Sample[];
}

const nameAt = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelAt = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\\n]|\\[\s\S])*)"[ \t]*/y;
const numberForm = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:0[xX][0-9a-fA-F]+)|[+-]?inf(?:inity)?|nan)$/i;
const types = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);

/** Reads the Prometheus text format. A fault names its line. */
export function parseExposition(text: string, file = 'metrics'): Result<readonly MetricFamily[]> {
  const families = new Map<string, { type: MetricType; help?: string; samples: Sample[] }>();
  const family = (name: string) => {
    const found = families.get(name) ?? { type: 'untyped' as const, samples: [] };
    families.set(name, found);
    return found;
  };
  for (const [index, line] of text.split('\n').entries()) {
    const fail = (message: string) => err(failure('E_CONFIG_PARSE', message, { place: { file, line: index + 1 } }));
    const trimmed = line.trim();
    if (trimmed === '') continue;
    if (trimmed.startsWith('#')) {
      const [, keyword, name, rest] = /^#[ \t]*(HELP|TYPE)[ \t]+(\S+)[ \t]?(.*)$/.exec(trimmed) ?? [];
      if (keyword === undefined || name === undefined) continue;
      if (keyword === 'HELP') family(name).help = rest!.replace(/\\([\\n])/g, (_, c) => (c === 'n' ? '\n' : '\\'));
      else if (!types.has(rest!.trim())) return fail(`unknown metric type "${rest}"`);
      else if (family(name).samples.length > 0) return fail(`TYPE of ${name} comes after its samples`);
      else family(name).type = rest!.trim() as MetricType;
      continue;
    }
    const sample = parseSample(trimmed);
    if (typeof sample === 'string') return fail(sample);
    family(owner(sample.name, families)).samples.push(sample);
  }
  return ok([...families].map(([name, f]) => ({ name, ...f })));
}

/** The family that a line belongs to: for `x_bucket`, the histogram `x` where one is declared. */
function owner(name: string, families: ReadonlyMap<string, { readonly type: MetricType }>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const type = families.get(base)?.type;
  return base !== name && (type === 'histogram' || (type === 'summary' && !name.endsWith('_bucket'))) ? base : name;
}

function parseSample(line: string): Sample | string {
  nameAt.lastIndex = 0;
  const name = nameAt.exec(line)?.[0];
  if (name === undefined) return 'expected a metric name';
  let at = name.length;
  while (line[at] === ' ' || line[at] === '\t') at++;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    for (;;) {
      labelAt.lastIndex = at;
      const found = labelAt.exec(line);
      if (found) {
        if (Object.hasOwn(labels, found[1]!)) return `label ${found[1]} is given twice`;
        labels[found[1]!] = found[2]!.replace(/\\([\s\S])/g, (all, c) =>
          c === 'n' ? '\n' : c === '\\' || c === '"' ? c : all,
        );
        at = labelAt.lastIndex;
        if (line[at] === ',') {
          at++;
          continue;
        }
      }
      while (line[at] === ' ' || line[at] === '\t') at++;
      if (line[at] !== '}') return `expected a label or } at column ${at + 1}`;
      at++;
      break;
    }
  }
  const [value, timestamp, extra] = line
    .slice(at)
    .trim()
    .split(/[ \t]+/);
  if (!value || !numberForm.test(value)) return `expected a value, got "${value ?? ''}"`;
  if (extra !== undefined || (timestamp !== undefined && !/^-?\d+$/.test(timestamp)))
    return `expected a timestamp, got "${timestamp}"`;
  return {
    name,
    labels,
    value: readNumber(value),
    ...(timestamp === undefined ? {} : { timestamp: Number(timestamp) }),
  };
}

function readNumber(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  if (/inf/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const [, sign, digits] = /^([+-]?)(.*)$/.exec(text)!;
  return sign === '-' ? -Number(digits) : Number(digits);
}

/** Writes the Prometheus text format, families and samples in the order given. */
export function writeExposition(families: readonly MetricFamily[]): string {
  return families.map(writeFamily).join('');
}

function writeFamily(family: MetricFamily): string {
  const help =
    family.help === undefined
      ? ''
      : `# HELP ${family.name} ${family.help.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))}\n`;
  return `${help}# TYPE ${family.name} ${family.type}\n${family.samples.map(writeSample).join('')}`;
}

function writeSample(sample: Sample): string {
  const labels = Object.entries(sample.labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\\n"]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`,
  );
  const time = sample.timestamp === undefined ? '' : ` ${sample.timestamp}`;
  return `${sample.name}${labels.length > 0 ? `{${labels.join(',')}}` : ''} ${writeNumber(sample.value)}${time}\n`;
}

function writeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
