import { type ErrorCode, err, type Failure, failure, ok, type Result } from '@plumbline/contracts';
import type { SchemaError, Validator } from '@plumbline/contracts/validators';
import { didYouMean } from './did-you-mean.ts';
import type { JsonDocument } from './json.ts';
import { shown, textOf } from './shown.ts';

/**
 * Checks a document that a person wrote, from whatever format and however many files, against its schema. The first thing
 * that is wrong is the failure, with file, line, column and JSON pointer: E_CONFIG_UNKNOWN_KEY, _MISSING_KEY,
 * _SCHEMA_VERSION or _INVALID_VALUE.
 */
export function fitDocument<T>(document: JsonDocument, validator: Validator<T>): Result<T> {
  if (validator(document.value)) return ok(document.value);
  return err(explain(worst(validator.errors ?? []), document));
}

/**
 * Checks a document that Plumbline itself wrote (report, artifact, record). Whatever is wrong with it is
 * E_PROOF_REPORT_INVALID, or the code given.
 */
export function checkDocument<T>(
  value: unknown,
  what: string,
  validator: Validator<T>,
  code: ErrorCode = 'E_PROOF_REPORT_INVALID',
): Result<T> {
  if (validator(value)) return ok(value);
  const first = worst(validator.errors ?? []);
  return err(failure(code, `${what}: ${describe(first)}`, { place: { pointer: first.instancePath } }));
}

/** A schema version that is not ours explains everything else; a misspelt key explains the missing one. */
function worst(errors: readonly SchemaError[]): SchemaError {
  const rank = (e: SchemaError): number => {
    if (e.instancePath === '/schema_version') return 0;
    if (e.keyword === 'additionalProperties') return 1;
    if (e.keyword === 'required') return 2;
    return e.keyword === 'oneOf' ? 4 : 3;
  };
  const sorted = [...errors].sort((a, b) => rank(a) - rank(b));
  const first = sorted[0];
  if (first === undefined) throw new Error('a validator refused without saying why');
  return first;
}

function explain(error: SchemaError, document: JsonDocument): Failure {
  const path = segments(error.instancePath);
  if (error.keyword === 'additionalProperties') {
    const place = document.place([...path, String(error.params.additionalProperty)], true);
    return failure('E_CONFIG_UNKNOWN_KEY', describe(error), { place });
  }
  // A key may be missing because an overlay removed it: then the place is there.
  const place =
    error.keyword === 'required'
      ? { ...document.place([...path, String(error.params.missingProperty)]), pointer: error.instancePath }
      : document.place(path);
  if (error.instancePath === '/schema_version') return failure('E_CONFIG_SCHEMA_VERSION', describe(error), { place });
  return failure(error.keyword === 'required' ? 'E_CONFIG_MISSING_KEY' : 'E_CONFIG_INVALID_VALUE', describe(error), {
    place,
  });
}

function describe(error: SchemaError): string {
  const at = error.instancePath === '' ? 'the document' : shown(segments(error.instancePath).join('.'));
  const about = error.parentSchema?.description;
  const note = about === undefined ? '' : ` (${about})`;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      return `unknown key ${shown(key)} in ${at}${didYouMean(key, Object.keys(error.parentSchema?.properties ?? {}))}`;
    }
    case 'required':
      return `${at} has no ${shown(error.params.missingProperty)}`;
    case 'enum': {
      const allowed = (error.parentSchema?.enum ?? []).map(String);
      return `${at} is ${shown(error.data)}; it must be one of ${allowed.join(', ')}${didYouMean(textOf(error.data), allowed)}`;
    }
    case 'const':
      return `${at} is ${shown(error.data)}; it must be ${shown(error.params.allowedValue)}${note}`;
    default:
      return `${at} ${error.message ?? 'is not valid'}${note}`;
  }
}

function segments(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
