import { type ErrorCode, err, failure, ok, type Result } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import { diffJson } from '@plumbline/formats/json-diff';
import { patchJsonText } from '@plumbline/formats/json-edit';
import { shown, textOf } from '@plumbline/formats/shown';
import { isObject } from '../lint/subject.ts';
import type { Config, Migration, Note } from './migration.ts';
import { v1ToV2 } from './v1-to-v2.ts';

/** The steps between schema versions, in order; each begins where the one before ends. */
export const migrations: readonly [Migration, ...Migration[]] = [v1ToV2];

/** A configuration in the version of today. */
export interface Migrated {
  readonly from: string;
  readonly to: string;
  /** The text with its comments; as it was where it is of today already. */
  readonly text: string;
  readonly notes: readonly Note[];
}

/**
 * Brings the text of a configuration to the version of today. Pure and idempotent. E_CONFIG_PARSE where it is no JSON,
 * E_CONFIG_INVALID_VALUE where it is no object, E_CONFIG_MISSING_KEY where it has no version, E_CONFIG_SCHEMA_VERSION
 * where its version is newer, or none.
 */
export function migrateConfig(text: string, file: string): Result<Migrated> {
  const document = parseJson(text, file, { trailingCommas: true });
  if (!document.ok) return document;
  const { value, place } = document.value;
  const refuse = (code: ErrorCode, message: string, hint?: string) =>
    err(failure(code, message, { place: place(['schema_version']), ...(hint === undefined ? {} : { hint }) }));
  if (!isObject(value)) return refuse('E_CONFIG_INVALID_VALUE', 'an environment is an object: { … }');
  if (value.schema_version === undefined)
    return refuse('E_CONFIG_MISSING_KEY', 'the document has no "schema_version", so it cannot be told what it is of');
  const newest = (migrations.at(-1) ?? migrations[0]).to;
  const from = textOf(value.schema_version);
  const is = `the file is of schema version ${shown(value.schema_version)}`;
  if (/^\d+$/.test(from) && Number(from) > Number(newest))
    return refuse(
      'E_CONFIG_SCHEMA_VERSION',
      `${is}, which is newer than this build, which reads ${newest}`,
      'a newer Plumbline wrote it: use that one, or the backup that it kept beside the file',
    );
  const known = [...migrations.map((step) => step.from), newest];
  if (!known.includes(from))
    return refuse('E_CONFIG_SCHEMA_VERSION', `${is}, and there is none but ${known.join(', ')}`);
  let config: Config = value;
  const notes: Note[] = [];
  for (const step of migrations.slice(known.indexOf(from))) {
    const next = step.migrate(config);
    config = next.config;
    notes.push(...next.notes);
  }
  return ok({ from, to: newest, text: patchJsonText(text, diffJson(value, config)), notes });
}
