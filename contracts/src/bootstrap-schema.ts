import raw from '../schemas/bootstrap.schema.json' with { type: 'json' };

/** The part of JSON Schema that the schema of environments is written in. */
export interface SettingsSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SettingsSchema>>;
  readonly additionalProperties?: boolean | SettingsSchema;
  readonly items?: SettingsSchema;
}

/** `contracts/schemas/bootstrap.schema.json`, for what lists settings, their types and their defaults. */
export const bootstrapSchema = raw as unknown as SettingsSchema;
