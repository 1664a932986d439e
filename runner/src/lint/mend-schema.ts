import { isIPv4 } from 'node:net';
import type { SchemaError } from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { type PatchOperation, pointerOf } from '@plumbline/formats/json-patch';
import { textOf } from '@plumbline/formats/shown';
import { defaultAt } from './defaults.ts';
import type { Path } from './finding.ts';
import { nearKey } from './near-key.ts';

/** The patch for what a schema refuses at a path; undefined where no value is known to be right. Pure. */
export function mendSchema(error: SchemaError, path: Path, name: string): readonly PatchOperation[] | undefined {
  const at = pointerOf(path);
  if (error.keyword === 'additionalProperties') {
    const near = nearKey(error);
    if (near === undefined) return [{ op: 'remove', path: at }];
    return [{ op: 'move', from: at, path: pointerOf([...path.slice(0, -1), near]) }];
  }
  if (error.keyword === 'required') {
    const missing = [...path, String(error.params.missingProperty)];
    const value = defaultAt(missing, name);
    return value === undefined ? undefined : [{ op: 'add', path: pointerOf(missing), value }];
  }
  // The name of a key is refused, not a value: only a person knows what else it should be called.
  if (error.params.propertyName !== undefined || (error as { propertyName?: string }).propertyName !== undefined)
    return undefined;
  const value = valueFor(error, path, name);
  return value === undefined ? undefined : [{ op: 'replace', path: at, value }];
}

function valueFor({ keyword, params, parentSchema, data }: SchemaError, path: Path, name: string): unknown {
  const allowed = parentSchema?.enum;
  if (keyword === 'enum' && allowed !== undefined)
    return allowed.find((one) => didYouMean(textOf(data), [textOf(one)]) !== '') ?? allowed[0];
  if (keyword === 'const') return textOf(data) === params.allowedValue ? params.allowedValue : undefined;
  if (keyword === 'minimum' || keyword === 'maximum') return params.limit;
  if (keyword === 'format' && !isIPv4(textOf(data))) return '127.0.0.1';
  if (keyword === 'type' && params.type === 'string' && ['number', 'boolean'].includes(typeof data))
    return String(data);
  if (keyword === 'type' && params.type === 'integer' && /^\d+$/.test(textOf(data))) return Number(data);
  return defaultAt(path, name);
}
