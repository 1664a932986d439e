import { parsePromDuration } from '@plumbline/formats/promql';
import type { YamlDocument } from '@plumbline/formats/yaml';

/** What a configuration says that Prometheus would refuse, in its words. */
export class ConfigFault extends Error {}

/** A value of the document and where it stands. */
export interface Node {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
  readonly document: YamlDocument;
}

export type Fields<T> = { readonly [K in keyof T]: (node: Node) => T[K] };

/**
 * Reads a map with known keys; `go` is the type that Prometheus names for an unknown one, `known` are keys that it has
 * and this stand-in does not. A reader gets `undefined` for a key that is not there, and answers its default.
 */
export function struct<T>(node: Node, go: string, fields: Fields<T>, known: readonly string[] = []): T {
  if (node.value !== undefined && node.value !== null && !isMap(node.value)) throw mismatch(node, go);
  const given = isMap(node.value) ? node.value : {};
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(fields, key)) continue;
    if (known.includes(key))
      throw new ConfigFault(`${line(child(node, key))}${key} is not implemented by this stand-in`);
    throw new ConfigFault(`yaml: unmarshal errors:\n  ${line(child(node, key))}field ${key} not found in type ${go}`);
  }
  const entries = Object.entries(fields) as [string, (node: Node) => unknown][];
  return Object.fromEntries(entries.map(([key, read]) => [key, read(child(node, key))])) as T;
}

export function child(node: Node, key: string | number): Node {
  const { value } = node;
  const own = isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return { ...node, value: Array.isArray(value) ? value[Number(key)] : own, path: [...node.path, key] };
}

export function list<T>(read: (node: Node) => T): (node: Node) => readonly T[] {
  return (node) => {
    if (node.value === undefined || node.value === null) return [];
    if (!Array.isArray(node.value)) throw mismatch(node, '[]');
    return node.value.map((_, index) => read(child(node, index)));
  };
}

/** Any scalar is a text to Go's YAML reader, as it is written. */
export function text(usual = ''): (node: Node) => string {
  return (node) => {
    const { value } = node;
    if (value === undefined || value === null) return usual;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw mismatch(node, 'string');
  };
}

export function flag(usual: boolean): (node: Node) => boolean {
  return (node) => {
    if (node.value === undefined || node.value === null) return usual;
    if (typeof node.value !== 'boolean') throw mismatch(node, 'bool');
    return node.value;
  };
}

export function whole(usual: number): (node: Node) => number {
  return (node) => {
    if (node.value === undefined || node.value === null) return usual;
    if (!Number.isInteger(node.value) || (node.value as number) < 0) throw mismatch(node, 'uint');
    return node.value as number;
  };
}

/** A duration in milliseconds; undefined where none is given. */
export function duration(node: Node): number | undefined {
  if (node.value === undefined || node.value === null) return undefined;
  const written = text()(node);
  if (written === '') throw new ConfigFault('empty duration string');
  const ms = parsePromDuration(written);
  if (ms === undefined) throw new ConfigFault(`not a valid duration string: ${JSON.stringify(written)}`);
  return ms;
}

export function texts(node: Node): Readonly<Record<string, string>> {
  if (node.value === undefined || node.value === null) return {};
  if (!isMap(node.value)) throw mismatch(node, 'map[string]string');
  return Object.fromEntries(Object.keys(node.value).map((key) => [key, text()(child(node, key))]));
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function line({ document, path }: Node): string {
  const at = document.place(path).line;
  return at === undefined ? '' : `line ${at}: `;
}

function mismatch(node: Node, go: string): ConfigFault {
  const { value } = node;
  const what = Array.isArray(value)
    ? '!!seq'
    : isMap(value)
      ? '!!map'
      : `${typeof value === 'number' ? '!!int' : typeof value === 'boolean' ? '!!bool' : '!!str'} \`${String(value).slice(0, 10)}\``;
  return new ConfigFault(`yaml: unmarshal errors:\n  ${line(node)}cannot unmarshal ${what} into ${go}`);
}
