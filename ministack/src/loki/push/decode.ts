import type { Labels } from '../labels.ts';

/** One stream of a push as its body says it, not yet judged. */
export interface PushedStream {
  readonly labels: Labels;
  readonly entries: readonly { readonly ts: bigint; readonly line: string; readonly metadata: Labels }[];
}

/** The streams of a push, or the text that Loki answers with 400. */
export type Decoded =
  | { readonly ok: true; readonly streams: readonly PushedStream[] }
  | { readonly ok: false; readonly message: string };

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** Reads the JSON body of a push. */
export function decodePush(body: string): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (thrown) {
    return { ok: false, message: syntaxError(body, thrown instanceof Error ? thrown.message : '') };
  }
  if (!isRecord(value)) return refuse('readFieldHash', 'expect { or n');
  const streams = value.streams ?? [];
  if (!Array.isArray(streams)) return refuse('Streams', 'decode slice: expect [ or n');
  try {
    return { ok: true, streams: streams.map(streamOf) };
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return refuse('Streams: []loghttp.LogProtoStream', `unmarshalerDecoder: ${thrown.message}`);
  }
}

class Malformed extends Error {}

function streamOf(value: unknown): PushedStream {
  if (!isRecord(value)) throw new Malformed("Value looks like object, but can't find closing '}' symbol");
  const values = value.values ?? [];
  if (!Array.isArray(values)) throw new Malformed('Value looks like array, but is none: values');
  return { labels: stringMap(value.stream ?? {}, 'stream'), entries: values.map(entryOf) };
}

function entryOf(value: unknown): PushedStream['entries'][number] {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [];
  const [time, line, metadata] = parts;
  if (typeof time !== 'string' || typeof line !== 'string')
    throw new Malformed("Value is string, but can't find closing '\"' symbol");
  if (!/^[+-]?\d+$/.test(time))
    throw new Malformed(`strconv.ParseInt: parsing ${JSON.stringify(time)}: invalid syntax`);
  const ts = BigInt(time.replace('+', ''));
  if (ts < int64.min || ts > int64.max)
    throw new Malformed(`strconv.ParseInt: parsing ${JSON.stringify(time)}: value out of range`);
  return { ts, line, metadata: metadata === undefined ? {} : stringMap(metadata, 'structured metadata') };
}

function stringMap(value: unknown, what: string): Labels {
  if (!isRecord(value)) throw new Malformed(`${what} is not an object`);
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new Malformed(`the value of ${name} in ${what} is not a string`);
  }
  return value as Labels;
}

function refuse(where: string, why: string): Decoded {
  return { ok: false, message: `loghttp.PushRequest.${where}: ${why}` };
}

/** Loki's JSON reader names the byte and shows its surroundings; ours can do so for a missing name, else it says what it can. */
function syntaxError(body: string, why: string): string {
  const start = /^\s*\{\s*/.exec(body)?.[0].length;
  const next = start === undefined ? undefined : body[start];
  if (start === undefined || next === undefined || next === '"' || next === '}') return `loghttp.PushRequest: ${why}`;
  const head = start + 1;
  const near = (reach: number) => body.slice(Math.max(0, head - reach), head + reach);
  const byte = head - Math.max(0, head - 10);
  return `loghttp.PushRequest.readFieldHash: expect ", but found ${next}, error found in #${byte} byte of ...|${near(10)}|..., bigger context ...|${near(20)}|...`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
