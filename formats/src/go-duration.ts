import { err, failure, ok, type Result } from '@plumbline/contracts';

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a duration as Go's `time.ParseDuration` does, such as `1m30s` or `-1.5h`; answers in milliseconds. */
export function parseGoDuration(text: string): Result<number> {
  const refused = (why: string) =>
    err(failure('E_CONFIG_INVALID_VALUE', `time: ${why}duration ${JSON.stringify(text)}`));
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text)!;
  if (rest === '0') return ok(0);
  if (rest === '') return refused('invalid ');
  let total = 0;
  let at = 0;
  for (const part of rest!.matchAll(/(\d+\.?\d*|\.\d+)([^\d.]*)/g)) {
    if (part.index !== at) return refused('invalid ');
    if (part[2] === '') return refused('missing unit in ');
    const unit = units[part[2]!];
    if (unit === undefined) return refused(`unknown unit ${JSON.stringify(part[2])} in `);
    total += Number(part[1]) * unit;
    at += part[0].length;
  }
  if (at !== rest!.length) return refused('invalid ');
  return ok(sign === '-' ? -total : total);
}
