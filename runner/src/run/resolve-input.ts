import {
  contractPath,
  err,
  type Failure,
  type FilesPort,
  failure,
  type Generation,
  type Input,
  keptGeneration,
  ok,
  ownerOf,
  type Paths,
  type Result,
  type StepManifest,
  sha256,
  within,
} from '@plumbline/contracts';
import * as validators from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { partsOf } from '@plumbline/formats/json-patch';
import { readWritten } from '@plumbline/formats/source';
import { findRun } from '../bundle/run-folders.ts';
import { readIndex } from '../bundle/run-index.ts';
import { ANY_FILE } from '../graph/graph-types.ts';

/** Where inputs from outside may be taken from. */
export interface Sources {
  /** --input name=path */
  readonly given: Readonly<Record<string, string>>;
  /** --from-run ID */
  readonly fromRun: string | undefined;
  readonly environment: string;
  /** Whose deploy root it must be, if it is anybody's. */
  readonly project: string;
  readonly paths: Paths;
  /** Schema -> the file name that a producing step gives it. */
  readonly fileNames: Readonly<Record<string, string>>;
}

type Declared = StepManifest['inputs'][number];

/**
 * Finds an input from outside the pipeline, in this order: --input, --from-run, the deployed generation, the latest
 * bundle of this environment, unless it must be of what is deployed. undefined where there is none; a document that does not fit its schema is a failure.
 */
export async function resolveInput(
  input: Declared,
  sources: Sources,
  files: FilesPort,
): Promise<Result<Input | undefined>> {
  const given = sources.given[input.name];
  if (given !== undefined) return readInput(given, input.schema, `--input ${input.name}=${given}`, files);
  const file = sources.fileNames[input.schema];
  if (file === undefined) return ok(undefined);
  if (sources.fromRun !== undefined) return fromRun(input, sources.fromRun, { file, sources, files });
  const deployed = await deployedGeneration(sources, files);
  if (!deployed.ok) return deployed;
  if (deployed.value !== undefined) {
    const { id, folder } = deployed.value;
    const path = within(folder, file);
    const there = await files.stat(path);
    if (!there.ok) return there;
    if (there.value !== undefined)
      return readInput(path, input.schema, `the deployed generation ${id.slice(0, 12)}`, files);
    if (!input.required) return ok(undefined);
    const hint = '`./plumb up` writes again what is missing of a deployed generation';
    return err(
      failure('E_CONFIG_NOT_FOUND', `the deployed generation has no ${file}`, { place: { file: path }, hint }),
    );
  }
  return input.deployed === true ? ok(undefined) : latestBundle(input, sources, file, files);
}

/** From the bundle of a run that is named. */
async function fromRun(
  input: Declared,
  runId: string,
  { file, sources, files }: { readonly file: string; readonly sources: Sources; readonly files: FilesPort },
): Promise<Result<Input | undefined>> {
  const { output_dir } = sources.paths;
  const bundle = await findRun(output_dir, runId, files);
  if (!bundle.ok) return bundle;
  if (bundle.value === undefined) {
    const place = { file: contractPath('output', 'runs', output_dir) };
    return err(failure('E_PROOF_UNKNOWN_RUN', `there is no run ${runId} with a folder`, { place }));
  }
  const path = contractPath('run', 'output', within(output_dir, bundle.value), { path: file });
  const there = await files.stat(path);
  if (there.ok && there.value !== undefined) return readInput(path, input.schema, `run ${runId}`, files);
  if (!input.required) return ok(undefined);
  return err(failure('E_PROOF_UNKNOWN_RUN', `run ${runId} has no ${file}`, { place: { file: path } }));
}

/** What is deployed here. Another project's deployment is not this environment's to read. */
async function deployedGeneration(
  { paths, project }: Sources,
  files: FilesPort,
): Promise<Result<Generation | undefined>> {
  const owner = await ownerOf(paths.deploy_root, project, files);
  return owner.ok ? keptGeneration('current', paths.deploy_root, files) : owner;
}

async function latestBundle(
  input: Declared,
  sources: Sources,
  file: string,
  files: FilesPort,
): Promise<Result<Input | undefined>> {
  const index = await readIndex(sources.paths.output_dir, files);
  if (!index.ok) return index;
  for (const record of [...index.value.records].reverse()) {
    if (record.environment !== sources.environment || record.run_path === '') continue;
    const path = contractPath('run', 'output', within(sources.paths.output_dir, record.run_path), { path: file });
    const there = await files.stat(path);
    if (there.ok && there.value !== undefined)
      return readInput(path, input.schema, `the latest run ${record.run_id}`, files);
  }
  return ok(undefined);
}

/** Reads a document and checks it against its schema. */
export async function readInput(
  path: string,
  schema: string,
  origin: string,
  files: FilesPort,
): Promise<Result<Input>> {
  if (schema === ANY_FILE) {
    const bytes = await files.read(path);
    return bytes.ok ? ok({ data: undefined, path, origin, sha256: sha256(bytes.value) }) : bytes;
  }
  const source = await readWritten(path, files);
  if (!source.ok) return source.failure.code === 'E_CONFIG_PARSE' ? err(notWhole(path, source.failure)) : source;
  const { document, sha256: hash } = source.value;
  const checked = checkAgainst(schema, document.value, path);
  if (checked.ok) return ok({ data: document.value, path, origin, sha256: hash });
  const { pointer = '' } = checked.failure.place ?? {};
  return err({ ...checked.failure, place: document.place(partsOf(pointer)) });
}

function notWhole(path: string, { message, place, evidence }: Failure): Failure {
  return failure('E_PROOF_REPORT_INVALID', `${path} is not whole JSON: ${message}`, {
    ...(place === undefined ? {} : { place }),
    ...(evidence === undefined ? {} : { evidence }),
  });
}

/** Checks a document against a schema of contracts/schemas, by name. */
export function checkAgainst(schema: string, value: unknown, file: string): Result<unknown> {
  const name = schema.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const validator = (validators as unknown as Record<string, validators.Validator<unknown> | undefined>)[name];
  if (validator === undefined) throw new Error(`no schema ${schema}`);
  const checked = checkDocument(value, file, validator);
  if (checked.ok) return checked;
  return err({ ...checked.failure, place: { file, ...checked.failure.place } });
}
