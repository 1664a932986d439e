import { formatGoDuration, formatModelDuration, parseGoDuration, parseModelDuration } from '@plumbline/formats/logql';
import type { Tree } from './defaults.ts';
import type { Kind } from './kind.ts';

/** How reading one value ended: as Loki shows it, as a type error with its line, or as an error that ends the reading. */
export type Read = { readonly value: Tree } | { readonly typeError: string } | { readonly fatal: string };

/** Reads a scalar of the file as the key's kind, and writes it as Loki's /config does. */
export function readScalar(kind: Kind, value: string | number | boolean): Read {
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean' ? { value } : (yamlBool(value) ?? mismatch(value, 'bool'));
    case 'int':
      return typeof value === 'number' && Number.isInteger(value) ? { value } : mismatch(value, 'int');
    case 'float':
      return typeof value === 'number' ? { value } : mismatch(value, 'float64');
    case 'duration':
      return goDuration(value);
    case 'model_duration':
      return modelDuration(String(value));
    case 'size':
      return size(value);
    default:
      return { value: typeof value === 'string' ? value : String(value) };
  }
}

/** Why Prometheus' parser refuses a duration. */
function modelDurationError(text: string): string {
  if (text === '') return 'empty duration string';
  for (const [, unit = ''] of text.matchAll(/\d+([^\d]*)/g)) {
    if (unit !== '' && !/^(?:ms|[smhdwy])$/.test(unit))
      return `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
  }
  return `not a valid duration string: ${JSON.stringify(text)}`;
}

/** A size as `256KB`, in bytes of 1024s; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const parts = /^(\d+)\s*([KMGT]?)i?B?$/i.exec(text.trim());
  if (!parts) return undefined;
  return Number(parts[1]) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf((parts[2] ?? '').toUpperCase());
}

function goDuration(value: string | number | boolean): Read {
  if (typeof value === 'number' && Number.isInteger(value)) return { value: formatGoDuration(BigInt(value)) };
  const ns = typeof value === 'string' ? parseGoDuration(value) : undefined;
  return ns === undefined ? mismatch(value, 'time.Duration') : { value: formatGoDuration(ns) };
}

function modelDuration(text: string): Read {
  const ns = parseModelDuration(text);
  return ns === undefined ? { fatal: modelDurationError(text) } : { value: formatModelDuration(ns) };
}

function size(value: string | number | boolean): Read {
  const bytes = typeof value === 'number' ? value : parseSize(String(value));
  if (bytes === undefined) return { fatal: `Unable to parse as a size: ${JSON.stringify(value)}` };
  const power = bytes === 0 ? 0 : ([4, 3, 2, 1].find((p) => bytes % 1024 ** p === 0) ?? 0);
  return { value: `${bytes / 1024 ** power}${['B', 'KB', 'MB', 'GB', 'TB'][power]}` };
}

/** YAML 1.1, which Loki's reader follows, has more words for true and false than 1.2. */
function yamlBool(value: string | number): Read | undefined {
  if (/^(?:y|yes|on)$/i.test(String(value))) return { value: true };
  return /^(?:n|no|off)$/i.test(String(value)) ? { value: false } : undefined;
}

function mismatch(value: string | number | boolean, type: string): Read {
  const tag =
    typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : Number.isInteger(value) ? 'int' : 'float';
  return { typeError: `cannot unmarshal !!${tag} \`${String(value)}\` into ${type}` };
}
