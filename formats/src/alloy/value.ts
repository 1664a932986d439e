import type { Result } from '@plumbline/contracts';

/** What an expression evaluates to. Whole numbers are bigint, so that division and size stay those of Go. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | AlloyObject
  | AlloyFunction
  | Capsule;

export type AlloyObject = ReadonlyMap<string, Value>;

/** A function of the standard library. Its failure is a sentence; the caller knows the place. */
export interface AlloyFunction {
  readonly function: string;
  readonly call: (args: readonly Value[]) => Result<Value, string>;
}

/** A value that the syntax passes on without looking inside, such as a receiver. */
export interface Capsule {
  readonly capsule: string;
  readonly held: unknown;
}

export type TypeName = 'null' | 'bool' | 'number' | 'string' | 'array' | 'object' | 'function' | 'capsule';

/** The name of a value's type, as messages say it. */
export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'bigint' || typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  return 'function' in (value as object) ? 'function' : 'capsule';
}

/** Equality as `==` means it: by type, then by content; functions equal nothing. */
export function valuesEqual(a: Value, b: Value): boolean {
  const type = typeName(a);
  if (type !== typeName(b) || type === 'function') return false;
  if (type === 'number') return Number(a) === Number(b);
  if (type === 'array') {
    const [left, right] = [a as readonly Value[], b as readonly Value[]];
    return left.length === right.length && left.every((element, i) => valuesEqual(element, right[i]!));
  }
  if (type === 'object') {
    const [left, right] = [a as AlloyObject, b as AlloyObject];
    return left.size === right.size && [...left].every(([key, v]) => right.has(key) && valuesEqual(v, right.get(key)!));
  }
  if (type === 'capsule') return (a as Capsule).held === (b as Capsule).held;
  return a === b;
}

/** A value from parsed JSON; its numbers are floats, as in Go. */
export function fromJson(json: unknown): Value {
  if (json === null || typeof json === 'boolean' || typeof json === 'number' || typeof json === 'string') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return new Map(Object.entries(json as object).map(([key, v]) => [key, fromJson(v)]));
}
