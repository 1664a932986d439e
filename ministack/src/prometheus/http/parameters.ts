import {
  type Expr,
  parsePromDuration,
  parsePromql,
  parsePromSelector,
  promqlErrorText,
  type Selector,
} from '@plumbline/formats/promql';
import { ApiFault } from './answer.ts';

/** The furthest moment that a Date can tell, either way. */
const furthestMs = 8.64e15;

/** The expression of a query. */
export function exprOf(params: URLSearchParams, name = 'query'): Expr {
  const parsed = parsePromql(params.get(name) ?? '');
  if (parsed.ok) return parsed.value;
  const text = promqlErrorText(parsed.failure);
  if (parsed.failure.kind === 'unsupported') throw new ApiFault('execution', text);
  throw invalid(name, text);
}

export function selectorsOf(params: URLSearchParams): readonly Selector[] {
  return params.getAll('match[]').map((text) => {
    const parsed = parsePromSelector(text);
    if (parsed.ok) return parsed.value;
    throw invalid('match[]', promqlErrorText(parsed.failure));
  });
}

/** A time in milliseconds: seconds since 1970 with a fraction, or RFC 3339. */
export function timeOf(params: URLSearchParams, name: string, usual: number): number {
  const text = params.get(name);
  if (text === null || text === '') return usual;
  return readTime(text) ?? refuseTime(name, text);
}

export function requiredTime(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  return readTime(text) ?? refuseTime(name, text);
}

/** A duration in milliseconds: seconds with a fraction, or `15s`. */
export function durationOf(params: URLSearchParams, name: string): number {
  const text = params.get(name) ?? '';
  const ms = isNumber(text) ? Number(text) * 1000 : parsePromDuration(text);
  if (ms === undefined || !Number.isFinite(ms)) throw invalid(name, `cannot parse "${text}" to a valid duration`);
  return Math.trunc(ms);
}

export function invalid(name: string, why: string): ApiFault {
  return new ApiFault('bad_data', `invalid parameter "${name}": ${why}`);
}

function readTime(text: string): number | undefined {
  if (isNumber(text)) {
    const ms = Math.round(Number(text) * 1000);
    return Math.abs(ms) <= furthestMs ? ms : undefined;
  }
  if (!/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}

function refuseTime(name: string, text: string): never {
  const why = `cannot parse "${text}" to a valid timestamp`;
  throw invalid(name, name === 'time' ? `Invalid time value for 'time': ${why}` : why);
}
