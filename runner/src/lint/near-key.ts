import type { SchemaError } from '@plumbline/contracts/validators';
import { nearest } from '@plumbline/formats/did-you-mean';

/** The key that an unknown one was meant as, where the schema has one that is close and not given. */
export function nearKey({ keyword, params, parentSchema, data }: SchemaError): string | undefined {
  if (keyword !== 'additionalProperties') return undefined;
  const given = new Set(Object.keys((data ?? {}) as object));
  const free = Object.keys(parentSchema?.properties ?? {}).filter((key) => !given.has(key));
  return nearest(String(params.additionalProperty), free);
}
