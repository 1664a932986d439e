import { formatPlainNumber } from '@plumbline/formats/promql';
import type { Labels } from '../labels.ts';

/** What a label or an annotation of an alert may speak of. */
export interface TemplateData {
  readonly labels: Labels;
  readonly externalLabels: Labels;
  readonly value: number;
}

type Item = string | number | Labels;

const action = /\{\{-?([\s\S]*?)-?\}\}/g;
const token = /"(?:\\.|[^"\\])*"|`[^`]*`|\||[^\s|]+/g;

const functions: Readonly<Record<string, (args: readonly Item[]) => Item>> = {
  humanize: ([v]) => humanize(Number(v)),
  humanizePercentage: ([v]) => `${significant(Number(v) * 100)}%`,
  humanizeDuration: ([v]) => humanizeDuration(Number(v)),
  printf: ([format, ...args]) => printf(String(format), args),
  title: ([v]) => String(v).replace(/(^|\s)\S/g, (c) => c.toUpperCase()),
  toUpper: ([v]) => String(v).toUpperCase(),
  toLower: ([v]) => String(v).toLowerCase(),
};

/** Why Prometheus, or this stand-in, would not take a template; undefined where it is fine. */
export function checkTemplate(template: string): string | undefined {
  const rest = template.replace(action, '');
  if (rest.includes('{{')) return 'unclosed action';
  try {
    expandTemplate(template, { labels: {}, externalLabels: {}, value: 0 });
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

/** Fills in a template: the part of Go's template language that alerts use. */
export function expandTemplate(template: string, data: TemplateData): string {
  return template.replace(action, (_, body: string) => write(pipeline(body.trim(), data)));
}

function pipeline(body: string, data: TemplateData): Item {
  const stages: string[][] = [[]];
  for (const [part] of body.matchAll(token)) {
    if (part === '|') stages.push([]);
    else stages.at(-1)?.push(part);
  }
  let piped: readonly Item[] = [];
  for (const words of stages) {
    const [head, ...rest] = words;
    if (head === undefined) throw new Error('missing value for command');
    const call = Object.hasOwn(functions, head) ? functions[head] : undefined;
    if (call !== undefined) piped = [call([...rest.map((word) => operand(word, data)), ...piped])];
    else if (words.length === 1 && piped.length === 0) piped = [operand(head, data)];
    else if (/^[a-zA-Z]/.test(head))
      throw new Error(`function "${head}" not defined (or not implemented by this stand-in)`);
    else throw new Error(`unexpected ${rest[0] ?? head} in operand`);
  }
  return piped[0] ?? '';
}

function operand(word: string, { labels, externalLabels, value }: TemplateData): Item {
  if (/^["`]/.test(word)) return word.startsWith('`') ? word.slice(1, -1) : (JSON.parse(word) as string);
  if (/^[+-]?\d+(?:\.\d+)?$/.test(word)) return Number(word);
  const [, of, name] = /^(\$labels|\.Labels|\$externalLabels|\.ExternalLabels)(?:\.(\w+))?$/.exec(word) ?? [];
  if (of !== undefined) {
    const set = of.toLowerCase().includes('external') ? externalLabels : labels;
    return name === undefined ? set : (set[name] ?? '');
  }
  if (word === '$value' || word === '.Value') return value;
  if (word.startsWith('$')) throw new Error(`undefined variable "${word.split('.')[0]}"`);
  if (/^[a-zA-Z]/.test(word)) throw new Error(`function "${word}" not defined (or not implemented by this stand-in)`);
  throw new Error(`${word} is not implemented by this stand-in`);
}

function write(item: Item): string {
  if (typeof item === 'number') return significantOrWhole(item);
  if (typeof item === 'string') return item;
  return `map[${Object.entries(item)
    .map(([name, value]) => `${name}:${value}`)
    .join(' ')}]`;
}

function significantOrWhole(value: number): string {
  return formatPlainNumber(value);
}

/** Four significant digits, as Go's `%.4g`. */
function significant(value: number): string {
  return formatPlainNumber(Number(value.toPrecision(4)));
}

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatPlainNumber(value);
  const [up, down] = [
    ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'],
    ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'],
  ];
  const units = Math.abs(value) >= 1 ? up : down;
  let [rest, at] = [value, 0];
  const step = units === up ? 1 / 1000 : 1000;
  while (at < units.length - 1 && (units === up ? Math.abs(rest) >= 1000 : Math.abs(rest) < 1)) {
    rest *= step;
    at += 1;
  }
  return `${significant(rest)}${units[at]}`;
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatPlainNumber(value);
  if (Math.abs(value) < 1) return value === 0 ? '0s' : `${humanize(value)}s`;
  const sign = value < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(value));
  const [seconds, minutes, hours, days] = [
    whole % 60,
    Math.trunc(whole / 60) % 60,
    Math.trunc(whole / 3600) % 24,
    Math.trunc(whole / 86_400),
  ];
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${significant(Math.abs(value))}s`;
}

function printf(format: string, args: readonly Item[]): string {
  let next = 0;
  return format.replace(/%(?:%|\.?(\d*)([a-zA-Z]))/g, (verb, digits: string | undefined, kind: string | undefined) => {
    if (verb === '%%') return '%';
    const item = args[next] ?? '';
    next += 1;
    if (kind === 'f') return Number(item).toFixed(digits === undefined || digits === '' ? 6 : Number(digits));
    if (kind === 's' || kind === 'v') return write(item);
    if (kind === 'd') return String(Math.trunc(Number(item)));
    if (kind === 'q') return JSON.stringify(write(item));
    throw new Error(`printf ${verb} is not implemented by this stand-in`);
  });
}
