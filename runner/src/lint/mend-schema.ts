import { isIPv4 } from 'node:net';
import type { SchemaError } from '@plumbline/contracts/validators';
import { nearest } from '@plumbline/formats/did-you-mean';
import { type PatchOperation, pointerOf } from '@plumbline/formats/json-patch';
import { textOf } from '@plumbline/formats/shown';
import { defaultAt } from './defaults.ts';
import type { Path } from './finding.ts';
import { nearKey } from './near-key.ts';
import { isObject } from './subject.ts';

/**
 * The patch for what a schema refuses at a path; undefined where no value is known to be right. What a person wrote is
 * kept but for what is wrong with it: another value that the schema takes may deploy something else. Pure.
 */
export function mendSchema(error: SchemaError, path: Path, name: string): readonly PatchOperation[] | undefined {
  const at = pointerOf(path);
  if (error.keyword === 'additionalProperties') {
    const near = nearKey(error);
    if (near === undefined) return [{ op: 'remove', path: at }];
    return [{ op: 'move', from: at, path: pointerOf([...path.slice(0, -1), near]) }];
  }
  if (error.keyword === 'required') {
    const missing = [...path, String(error.params.missingProperty)];
    const value = shippedAt(missing, name);
    return value === undefined ? undefined : [{ op: 'add', path: pointerOf(missing), value }];
  }
  // The name of a key is refused, not a value: only a person knows what else it should be called.
  if (error.params.propertyName !== undefined || (error as { propertyName?: string }).propertyName !== undefined)
    return undefined;
  const value = valueFor(error, path, name);
  return value === undefined ? undefined : [{ op: 'replace', path: at, value }];
}

function valueFor(error: SchemaError, path: Path, name: string): unknown {
  const { keyword, params, parentSchema, data } = error;
  if (keyword === 'enum') return nearest(textOf(data).trim(), (parentSchema?.enum ?? []).map(textOf));
  if (keyword === 'const') return textOf(data) === params.allowedValue ? params.allowedValue : undefined;
  if (keyword === 'minimum' || keyword === 'maximum') return params.limit;
  // It says of which Plumbline the file is, and deploys nothing: that it is of this one is right.
  if (saysNothing(data) || pointerOf(path) === '/bootstrap_version') return shippedAt(path, name);
  if (keyword === 'format') return addressOf(textOf(data).trim());
  if (keyword === 'pattern') return fitting(mendedTexts(textOf(data).trim(), path, name), params.pattern);
  if (keyword === 'type' && params.type === 'string' && ['number', 'boolean'].includes(typeof data))
    return fitting([String(data)], (parentSchema as { readonly pattern?: unknown } | undefined)?.pattern);
  if (keyword === 'type' && params.type === 'integer' && /^\d+$/.test(textOf(data).trim())) return Number(data);
  return undefined;
}

/** Whether nobody's will is lost with a value. */
function saysNothing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** As defaultAt, which has for a whole path map the deploy root of the environment that is shipped. */
function shippedAt(path: Path, name: string): unknown {
  const value = defaultAt(path, name);
  if (pointerOf(path) !== '/path_map' || !isObject(value)) return value;
  return { ...value, deploy_root: defaultAt([...path, 'deploy_root'], name) };
}

/** No other name is an address of this host for sure. */
function addressOf(text: string): string | undefined {
  if (isIPv4(text)) return text;
  return ['localhost', '::1', '[::1]'].includes(text.toLowerCase()) ? '127.0.0.1' : undefined;
}

/** What a text may have been meant as, the likeliest first. */
function mendedTexts(text: string, path: Path, name: string): readonly string[] {
  const [section, , key] = path;
  if (section === 'image_pins') return [text, ...withoutTag(text)];
  if (section === 'stack' || section === 'filesystem') return [text, ...(key === 'naming' ? [] : [text.toLowerCase()])];
  if (section !== 'sources' || key !== 'name') return [text];
  const other = defaultAt(path, name);
  const words = text.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  // Nothing is told apart by the name of a source but the source.
  return [text, words.replace(/^_|_$/g, ''), ...(typeof other === 'string' ? [other] : [])];
}

/** The schema takes a tag or a digest. Of both, docker reads the digest alone: without the tag it is the same image. */
function withoutTag(image: string): readonly string[] {
  const [, repository, digest] = /^(.*?)(?::[^:/@]*)?@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  return repository === undefined ? [] : [`${repository}@${digest}`];
}

function fitting(texts: readonly string[], pattern: unknown): string | undefined {
  return texts.find((text) => typeof pattern !== 'string' || new RegExp(pattern).test(text));
}
