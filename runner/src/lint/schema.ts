import type { ErrorCode } from '@plumbline/contracts';
import { bootstrap, type SchemaError, type Validator } from '@plumbline/contracts/validators';
import { fitDocument } from '@plumbline/formats/document';
import { partsOf } from '@plumbline/formats/json-patch';
import { textOf } from '@plumbline/formats/shown';
import { nameOf } from './defaults.ts';
import type { Finding, Path, Subject } from './finding.ts';
import { mendSchema } from './mend-schema.ts';
import { nearKey } from './near-key.ts';

/** What the schema itself finds, by the code that it raises. */
export const schemaRules: readonly {
  readonly id: string;
  readonly code: ErrorCode;
  readonly severity: 'error';
  readonly summary: string;
}[] = [
  {
    id: 'schema-version',
    code: 'E_CONFIG_SCHEMA_VERSION',
    severity: 'error',
    summary: 'the file is of the schema version that this build reads; nothing else is looked at where it is not',
  },
  { id: 'unknown-key', code: 'E_CONFIG_UNKNOWN_KEY', severity: 'error', summary: 'every key is one of the schema' },
  {
    id: 'missing-key',
    code: 'E_CONFIG_MISSING_KEY',
    severity: 'error',
    summary: 'no key that the schema needs is missing',
  },
  {
    id: 'invalid-value',
    code: 'E_CONFIG_INVALID_VALUE',
    severity: 'error',
    summary: 'every value is one that the schema takes',
  },
];

/** Everything that the schema of an environment refuses, each with its place and, where one is known, its patch. Pure. */
export function checkSchema(subject: Subject): readonly Finding[] {
  if (bootstrap(subject.config)) return [];
  const errors = bootstrap.errors ?? [];
  const version = errors.find(({ instancePath }) => instancePath === '/schema_version');
  return (version === undefined ? distinct(errors) : [version]).map((error) => findingOf(error, subject));
}

/** ajv tells of a bad property name twice, and of a misspelt key as one unknown and one missing. */
function distinct(errors: readonly SchemaError[]): readonly SchemaError[] {
  const meant = errors.flatMap((error) => {
    const near = nearKey(error);
    return near === undefined ? [] : [`${error.instancePath}/${near}`];
  });
  return errors.filter(
    ({ keyword, instancePath, params }) =>
      keyword !== 'propertyNames' &&
      !(keyword === 'required' && meant.includes(`${instancePath}/${String(params.missingProperty)}`)),
  );
}

function findingOf(error: SchemaError, subject: Subject): Finding {
  // One error at a time, so that the words are those that `up` would use for it.
  const alone: Validator<never> = Object.assign((_: unknown): _ is never => false, { errors: [error] });
  const read = fitDocument({ ...subject.document, value: subject.config }, alone);
  if (read.ok) throw new Error('a validator that refuses everything has accepted');
  const { code, message } = read.failure;
  const rule = schemaRules.find((one) => one.code === code)?.id ?? 'invalid-value';
  const path = pathOf(error, subject);
  const patch = mendSchema(error, path, nameOf(subject.file));
  const older = error.instancePath === '/schema_version' && textOf(error.data) === '1';
  return {
    rule,
    code,
    severity: 'error',
    message,
    path,
    onKey: error.keyword === 'additionalProperties',
    ...(older ? { hint: `\`./plumb config migrate ${subject.file}\` makes it one of today` } : {}),
    ...(patch === undefined ? {} : { patch }),
  };
}

/** A part of a pointer is an index where a list is. */
function pathOf({ instancePath, keyword, params }: SchemaError, { config }: Subject): Path {
  let at: unknown = config;
  const path = partsOf(instancePath).map((part) => {
    const step = Array.isArray(at) ? Number(part) : part;
    at = (at as Record<string | number, unknown>)[step];
    return step;
  });
  return keyword === 'additionalProperties' ? [...path, String(params.additionalProperty)] : path;
}
