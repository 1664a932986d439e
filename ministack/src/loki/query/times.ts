import { parseGoDuration, parseModelDuration } from '@plumbline/formats/logql';

/** A bad parameter, in the words that Loki answers with 400. */
export class BadParameter extends Error {}

const second = 1_000_000_000n;

/** Reads a time as Loki's API takes it: nanoseconds, seconds (with a fraction), or RFC 3339. */
export function parseTime(text: string, name: string): bigint {
  if (/^[+-]?\d*\.\d*(?:[eE][+-]?\d+)?$/.test(text) && /\d/.test(text)) return secondsToNs(text);
  if (/^[+-]?\d+$/.test(text)) return text.length <= 10 ? BigInt(text) * second : BigInt(text);
  const parts = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  const ms = parts ? Date.parse(`${parts[1]}${parts[3]}`) : Number.NaN;
  if (Number.isNaN(ms))
    throw new BadParameter(
      `could not parse '${name}' parameter: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return BigInt(ms) * 1_000_000n + BigInt((parts?.[2] ?? '').padEnd(9, '0') || 0);
}

/** The range that a request asks for: `start` and `end`, or the `since` before the end, or `defaultSince`. */
export function timeRange(
  params: URLSearchParams,
  nowNs: bigint,
  defaultSinceNs: bigint,
): { readonly start: bigint; readonly end: bigint } {
  const given = (name: string) => params.get(name) || undefined;
  const endText = given('end');
  const end = endText === undefined ? nowNs : parseTime(endText, 'end');
  const sinceText = given('since');
  const since = sinceText === undefined ? defaultSinceNs : parseModelDuration(sinceText);
  if (since === undefined)
    throw new BadParameter(
      `could not parse 'since' parameter: not a valid duration string: ${JSON.stringify(sinceText)}`,
    );
  const startText = given('start');
  const from = end > nowNs ? nowNs : end;
  return { start: startText === undefined ? from - since : parseTime(startText, 'start'), end };
}

/** The step of a metric query in nanoseconds: seconds or a duration; else what Loki derives from the range. */
export function stepOf(params: URLSearchParams, start: bigint, end: bigint): bigint {
  const text = params.get('step') || undefined;
  if (text === undefined) return BigInt(Math.max(1, Math.floor(Number((end - start) / second) / 250))) * second;
  const step = /^\d*\.?\d+$/.test(text) ? secondsToNs(text) : (parseModelDuration(text) ?? parseGoDuration(text));
  if (step === undefined) throw new BadParameter(`cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (step <= 0n)
    throw new BadParameter('zero or negative query resolution step widths are not accepted. Try a positive integer');
  if ((end - start) / step > 11_000n) {
    throw new BadParameter(
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  }
  return step;
}

function secondsToNs(text: string): bigint {
  if (/[eE]/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const ns = BigInt(whole || '0') * second + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return text.startsWith('-') ? -ns : ns;
}
