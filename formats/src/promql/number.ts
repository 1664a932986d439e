/** Writes a value as Prometheus's API does: the shortest digits that read back the same, such as `0.5` or `3.2e-08`. */
export function formatPromNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Writes a value with the same digits, but never with an exponent, as Prometheus does in labels and texts. */
export function formatPlainNumber(value: number): string {
  const text = formatPromNumber(value);
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return point >= digits.length
    ? `${sign}${digits}${'0'.repeat(point - digits.length)}`
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Writes a number as Go's `%v` does: with an exponent from 1e+21 on and below 1e-4. */
export function formatGoNumber(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatPromNumber(value);
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 21) return formatPlainNumber(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Reads a number literal; undefined for what Prometheus refuses. */
export function readNumber(literal: string): number | undefined {
  const [, sign, digits = ''] = /^([+-]?)\s*(.*)$/s.exec(literal) ?? [];
  const value = /^inf$/i.test(digits)
    ? Number.POSITIVE_INFINITY
    : /^nan$/i.test(digits)
      ? Number.NaN
      : /^0[0-7]+$/.test(digits)
        ? Number.parseInt(digits, 8)
        : Number(digits);
  if (Number.isNaN(value) && !/^nan$/i.test(digits)) return undefined;
  return sign === '-' ? -value : value;
}
