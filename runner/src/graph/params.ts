import { err, failure, ok, type Place, type Result, type StepManifest } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { shown } from '@plumbline/formats/shown';

/** Gives the place of a value in the pipeline's file. */
export type PlaceOf = (path: readonly (string | number)[]) => Place;

/** The values of a step's params: what is given, checked against the manifest, and the defaults of the rest. Pure. */
export function readParams(
  manifest: StepManifest,
  given: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
  path: readonly (string | number)[],
): Result<Readonly<Record<string, unknown>>> {
  const known = Object.keys(manifest.params);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    return err(
      failure('E_CONFIG_UNKNOWN_KEY', `${manifest.name} has no param "${stranger}"${didYouMean(stranger, known)}`, {
        place: placeOf([...path, stranger]),
      }),
    );
  }
  const values: Record<string, unknown> = {};
  for (const [name, param] of Object.entries(manifest.params)) {
    // Given as null is given, and wrong.
    const value = name in given ? given[name] : param.default;
    const problem = wrong(value, param);
    if (problem !== undefined) {
      return err(
        failure('E_CONFIG_INVALID_VALUE', `the param "${name}" of ${manifest.name} is ${shown(value)}; ${problem}`, {
          place: placeOf([...path, name]),
        }),
      );
    }
    values[name] = value;
  }
  return ok(values);
}

function wrong(value: unknown, param: StepManifest['params'][string]): string | undefined {
  switch (param.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'it must be true or false';
    case 'integer':
      return Number.isInteger(value) ? undefined : 'it must be a whole number';
    case 'string':
      return typeof value === 'string' && allowed([value], param.values)
        ? undefined
        : `it must be ${oneOf(param.values)}`;
    case 'strings': {
      const good =
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((v) => typeof v === 'string') &&
        allowed(value as string[], param.values);
      return good ? undefined : `it must be a list of ${oneOf(param.values)}`;
    }
  }
}

function allowed(values: readonly string[], known: readonly string[] | undefined): boolean {
  return known === undefined || values.every((value) => known.includes(value));
}

function oneOf(known: readonly string[] | undefined): string {
  return known === undefined ? 'text' : known.join(', ');
}
