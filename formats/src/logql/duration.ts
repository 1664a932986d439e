const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};

/** Reads a duration as Go's `time.ParseDuration` does, in nanoseconds; undefined for what it refuses. */
export function parseGoDuration(text: string): bigint | undefined {
  if (text === '0') return 0n;
  const sign = text.startsWith('-') ? -1n : 1n;
  const body = text.replace(/^[+-]/, '');
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = unitNs[unit] ?? 0n;
    total += BigInt(whole || '0') * scale;
    if (fraction !== '') total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return sign * total;
}

/** Reads a duration as Prometheus' `model.ParseDuration` does (y, w, d, h, m, s, ms, each once and in this order). */
export function parseModelDuration(text: string): bigint | undefined {
  if (text === '0') return 0n;
  if (!/^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/.test(text) || text === '') return undefined;
  let total = 0n;
  for (const [, count = '0', unit = ''] of text.matchAll(/(\d+)(ms|[ywdhms])/g))
    total += BigInt(count) * (unitNs[unit] ?? 0n);
  return total;
}

/** Writes nanoseconds as Go's `Duration.String`: `1h0m0s`, `1.5s`, `250ms`. */
export function formatGoDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  const sign = ns < 0n ? '-' : '';
  const abs = ns < 0n ? -ns : ns;
  if (abs < 1_000n) return `${sign}${abs}ns`;
  if (abs < 1_000_000n) return `${sign}${decimal(abs, 1_000n)}µs`;
  if (abs < 1_000_000_000n) return `${sign}${decimal(abs, 1_000_000n)}ms`;
  const minutes = abs / 60_000_000_000n;
  const seconds = `${decimal(abs % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** Writes nanoseconds as Prometheus' `model.Duration`: `30d`, `30d1h`, `1w`; weeks and years only where exact. */
export function formatModelDuration(ns: bigint): string {
  let ms = ns / 1_000_000n;
  if (ms === 0n) return '0s';
  let out = '';
  const units: readonly (readonly [string, bigint, boolean])[] = [
    ['y', 31_536_000_000n, true],
    ['w', 604_800_000n, true],
    ['d', 86_400_000n, false],
    ['h', 3_600_000n, false],
    ['m', 60_000n, false],
    ['s', 1_000n, false],
    ['ms', 1n, false],
  ];
  for (const [unit, size, exact] of units) {
    if (exact && ms % size !== 0n) continue;
    if (ms >= size) out += `${ms / size}${unit}`;
    ms %= size;
  }
  return out;
}

function decimal(value: bigint, unit: bigint): string {
  const rest = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return rest === '' ? `${value / unit}` : `${value / unit}.${rest}`;
}
