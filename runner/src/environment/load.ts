import {
  type Bootstrap,
  type Environment,
  err,
  type FilesPort,
  type HealthContract,
  hashOf,
  ok,
  type Paths,
  type Result,
  type SecretsPolicy,
  type Stack,
} from '@plumbline/contracts';
import { bootstrap, healthContract, secretsPolicy, stack, type Validator } from '@plumbline/contracts/validators';
import { fitDocument } from '@plumbline/formats/document';
import type { JsonDocument } from '@plumbline/formats/json';
import { readSource, type Source } from '@plumbline/formats/source';
import { resolvePaths } from '../lint/subject.ts';
import { readChain } from './chain.ts';
import { checkPlaces } from './check-places.ts';
import { lint } from './lint.ts';
import { lintPaths } from './lint-paths.ts';
import { type EnvironmentRef, type Located, locate } from './locate.ts';
import { isMembers, mergeDocuments } from './merge.ts';
import { originsOf } from './origins.ts';
import { type Given, type Override, overridesOf, withOverrides } from './overrides.ts';

/** An environment, with the hash of all that it was put together from. */
export interface LoadedEnvironment {
  readonly environment: Environment;
  readonly configSha256: string;
}

/** An environment before its stack is read: its values, and where each of them comes from. */
export interface Composed extends Located {
  readonly bootstrap: Bootstrap;
  readonly paths: Paths;
  readonly sources: readonly [Source, ...Source[]];
  readonly overrides: readonly Override[];
  readonly document: JsonDocument;
}

const NOTHING: Given = { variables: {}, flags: [] };

/** Reads and checks everything that an environment's file names: schema, meaning, and that the parts fit each other. */
export async function loadEnvironment(
  ref: EnvironmentRef,
  files: FilesPort,
  given: Given = NOTHING,
): Promise<Result<LoadedEnvironment>> {
  const composed = await composeEnvironment(ref, files, given);
  return composed.ok ? loadComposed(composed.value, files) : composed;
}

/** As loadEnvironment, of what is put together already: reads its stack, and checks that the parts fit. */
export async function loadComposed(composed: Composed, files: FilesPort): Promise<Result<LoadedEnvironment>> {
  const { name, file, paths, document, sources, overrides } = composed;
  // Before anything is read by them.
  const [led] = lintPaths(composed, document);
  if (led !== undefined) return err(led);
  const places = await checkPlaces(paths, document, files);
  if (!places.ok) return places;
  const folder = `${paths.stacks_dir}/${composed.bootstrap.stack}`;
  const stackRead = await read<Stack>(`${folder}/stack.json`, stack, files);
  if (!stackRead.ok) return stackRead;
  const health = await read<HealthContract>(`${folder}/health_contract.json`, healthContract, files);
  if (!health.ok) return health;
  const policy = await read<SecretsPolicy>(`${folder}/secrets_policy.json`, secretsPolicy, files);
  if (!policy.ok) return policy;
  const environment: Environment = {
    name,
    file,
    files: sources.map((source) => source.file),
    origins: {},
    bootstrap: composed.bootstrap,
    paths,
    stack: stackRead.value,
    secretsPolicy: policy.value,
    healthContract: health.value,
  };
  const problem = lint(environment, health.value, document);
  if (problem !== undefined) return err(problem);
  // Only now: a document that fits is no longer than its stack asks for.
  const placed = { ...environment, origins: originsOf(document) };
  return ok({ environment: placed, configSha256: hashed(sources, overrides) });
}

/** What the files, variables and flags of an environment come to, whether or not that fits the schema. */
export type Merged = Located & Pick<Composed, 'sources' | 'overrides' | 'document'>;

/** Puts an environment together: the chain of its files, then variables, then flags; the outcome fits the schema. */
export async function composeEnvironment(
  ref: EnvironmentRef,
  files: FilesPort,
  given: Given = NOTHING,
): Promise<Result<Composed>> {
  const merged = await mergeEnvironment(ref, files, given);
  return merged.ok ? composeMerged(merged.value) : merged;
}

/** As composeEnvironment, of what is merged already. Pure. */
export function composeMerged(merged: Merged): Result<Composed> {
  const fits = fitDocument<Bootstrap>(merged.document, bootstrap);
  if (!fits.ok) return fits;
  return ok({ ...merged, bootstrap: fits.value, paths: resolvePaths(fits.value, merged.document) });
}

/** As composeEnvironment, without the schema. */
export async function mergeEnvironment(ref: EnvironmentRef, files: FilesPort, given: Given): Promise<Result<Merged>> {
  const found = await locate(ref, files);
  if (!found.ok) return found;
  const sources = await readChain(found.value.file, files, given.learn);
  if (!sources.ok) return sources;
  const [top, ...bases] = sources.value;
  const merged = withoutExtends(mergeDocuments([top.document, ...bases.map((source) => source.document)]));
  await given.learn?.(merged);
  const overrides = overridesOf(merged.value, given);
  if (!overrides.ok) return overrides;
  const document = withOverrides(merged, overrides.value);
  await given.learn?.(document);
  return ok({ ...found.value, sources: sources.value, overrides: overrides.value, document });
}

/** What is put together extends nothing any more. */
function withoutExtends(document: JsonDocument): JsonDocument {
  if (!isMembers(document.value)) return document;
  const { extends: _, ...value } = document.value;
  return { ...document, value };
}

/** Of one file alone it is the hash that sha256sum gives. */
function hashed([first, ...more]: readonly [Source, ...Source[]], overrides: readonly Override[]): string {
  if (more.length === 0 && overrides.length === 0) return first.sha256;
  const set = overrides.map(({ path, value }) => ({ path, value }));
  return hashOf({ files: [first, ...more].map((source) => source.sha256), set });
}

async function read<T>(file: string, validator: Validator<T>, files: FilesPort): Promise<Result<T>> {
  const source = await readSource(file, files);
  return source.ok ? fitDocument<T>(source.value.document, validator) : source;
}
