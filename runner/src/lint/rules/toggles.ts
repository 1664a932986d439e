import { bootstrapSchema, type SettingsSchema } from '@plumbline/contracts';
import { type PatchOperation, pointerOf } from '@plumbline/formats/json-patch';
import { named, shown, textOf } from '@plumbline/formats/shown';
import type { Path, Rule } from '../finding.ts';
import { entriesOf } from '../subject.ts';

const yes: ReadonlySet<string> = new Set(['true', 'yes', 'on', 'y', '1', 'enabled']);
const no: ReadonlySet<string> = new Set(['false', 'no', 'off', 'n', '0', 'disabled']);

export const toggleBoolean: Rule = {
  id: 'toggle-boolean',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'a toggle is true or false, without quotes',
  check: ({ config }) =>
    togglesOf(bootstrapSchema, config, []).flatMap(({ path, value }) => {
      if (value === undefined || typeof value === 'boolean') return [];
      const message = `${named(path.join('.'))} is ${shown(value)}; ${toggleBoolean.summary}`;
      return [{ path, message, ...mended(path, value) }];
    }),
};

/** No patch where it cannot be told which of the two is meant; what says nothing is as if it were not there. */
function mended(path: Path, value: unknown): { readonly patch?: readonly PatchOperation[] } {
  const at = pointerOf(path);
  const text = textOf(value).trim().toLowerCase();
  if (value === null || text === '') return { patch: [{ op: 'remove', path: at }] };
  return yes.has(text) || no.has(text) ? { patch: [{ op: 'replace', path: at, value: yes.has(text) }] } : {};
}

/** What stands where the schema takes a boolean. */
function togglesOf(
  schema: SettingsSchema | undefined,
  value: unknown,
  path: Path,
): readonly { readonly path: Path; readonly value: unknown }[] {
  if (schema?.type === 'boolean') return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((item, n) => togglesOf(schema?.items, item, [...path, n]));
  return entriesOf(value).flatMap(([key, inner]) => togglesOf(below(schema, key), inner, [...path, key]));
}

function below({ properties = {}, additionalProperties }: SettingsSchema = {}, key: string) {
  if (Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
