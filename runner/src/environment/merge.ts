import type { Place } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';

/** Keys and indices from the root of a document to a part of it. */
export type Path = readonly (string | number)[];

type Members = Readonly<Record<string, unknown>>;

/**
 * Lays documents over each other, the topmost first: objects are merged, everything else is replaced, and null removes a
 * key of what lies below. Places are those of the topmost document that says something. Pure.
 */
export function mergeDocuments(topFirst: readonly [JsonDocument, ...JsonDocument[]]): JsonDocument {
  const [top] = topFirst;
  const value = topFirst.map((one) => one.value).reduceRight((below, above) => merged(below, above));
  return {
    value,
    place(path, key = false): Place {
      for (let n = path.length; n > 0; n -= 1) {
        const layer = topFirst.find((one) => valueAt(one.value, path.slice(0, n)) !== undefined);
        if (layer !== undefined) return layer.place(path, key);
      }
      return top.place(path, key);
    },
  };
}

/** The part of a value at a path; undefined where there is none. Pure. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** A value with another in the place of the part at a path; members on the way that are not there are made. Pure. */
export function withValueAt(value: unknown, path: Path, part: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return part;
  if (Array.isArray(value)) return value.map((item, n) => (n === head ? withValueAt(item, rest, part) : item));
  const members = isMembers(value) ? value : {};
  const inner = Object.hasOwn(members, head) ? members[head] : undefined;
  return Object.fromEntries([...Object.entries(members), [head, withValueAt(inner, rest, part)]]);
}

/** Whether a value is an object of JSON. Pure. */
export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** fromEntries, and not assignment: `__proto__` is a key like any other, for the schema to refuse. */
function merged(below: unknown, above: unknown): unknown {
  if (!isMembers(above)) return above;
  const members = isMembers(below) ? below : {};
  const names = [...new Set([...Object.keys(members), ...Object.keys(above)])];
  return Object.fromEntries(
    names
      .filter((name) => !Object.hasOwn(above, name) || above[name] !== null)
      .map((name) => [name, Object.hasOwn(above, name) ? merged(own(members, name), above[name]) : members[name]]),
  );
}

function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
