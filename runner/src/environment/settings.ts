import { bootstrapSchema, type SettingsSchema } from '@plumbline/contracts';
import { isMembers, type Path } from './merge.ts';

/** A scalar of an environment that a flag or a variable can set. */
export interface Setting {
  readonly path: Path;
  readonly type: 'text' | 'integer' | 'boolean';
  /** What the schema takes it for where nobody sets it. */
  readonly default?: unknown;
}

/** They say what a file is, and are no settings. */
const OF_THE_FILE: readonly string[] = ['$schema', 'extends', 'schema_version', 'bootstrap_version'];

/** Every setting of an environment: those of the schema, and the members and items that its files name. Pure. */
export function settingsOf(value: unknown): readonly Setting[] {
  const { properties = {}, ...schema } = bootstrapSchema;
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !OF_THE_FILE.includes(name)));
  return collect({ ...schema, properties: own, additionalProperties: false }, value, []);
}

function collect(schema: SettingsSchema, value: unknown, path: Path): readonly Setting[] {
  if (schema.items !== undefined) {
    const { items } = schema;
    return (Array.isArray(value) ? value : []).flatMap((item, n) => collect(items, item, [...path, n]));
  }
  if (schema.type !== 'object') {
    const type = schema.type === 'integer' || schema.type === 'boolean' ? schema.type : 'text';
    return [{ path, type, ...(schema.default === undefined ? {} : { default: schema.default }) }];
  }
  const members = isMembers(value) ? value : {};
  const known = Object.entries(schema.properties ?? {});
  const { additionalProperties: more } = schema;
  const named =
    typeof more === 'object' ? Object.keys(members).filter((name) => schema.properties?.[name] === undefined) : [];
  return [
    ...known.flatMap(([name, inner]) => collect(inner, members[name], [...path, name])),
    ...named.flatMap((name) => collect(more as SettingsSchema, members[name], [...path, name])),
  ];
}

/** `ports.host-monitor`, as --set takes it. Pure. */
export function dotted(path: Path): string {
  return path.join('.');
}

/** `PLUMBLINE_PORTS__HOST_MONITOR`: the variable of a setting. Pure. */
export function variableOf(path: Path): string {
  return `PLUMBLINE_${path
    .map((part) =>
      String(part)
        .toUpperCase()
        .replace(/[^A-Z0-9]/g, '_'),
    )
    .join('__')}`;
}

/** The text of a flag or a variable as its setting's type; what does not fit stays text, for the schema to refuse. Pure. */
export function typedAs({ type }: Pick<Setting, 'type'>, text: string): string | number | boolean {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
