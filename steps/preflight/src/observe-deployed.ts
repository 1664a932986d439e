import {
  type Artifact,
  checkGenerationVersion,
  contractPath,
  type DesiredState,
  type Environment,
  err,
  type FilesPort,
  failure,
  noFileAt,
  ok,
  ownerOf,
  pointer,
  pointerTarget,
  type Result,
  type RunRecord,
  type StepContext,
  sha256,
  within,
} from '@plumbline/contracts';
import { artifact, desiredState, runRecord, type Validator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import manifest from '../step.json' with { type: 'json' };
import type { Previous, Stores } from './observation.ts';

/** What the last green run of this environment had recorded; undefined where there was none that recorded it. */
export async function observePrevious({ config, ports }: StepContext): Promise<Result<Previous | undefined>> {
  const { output_dir } = config.paths;
  const index = contractPath('output', 'index', output_dir);
  const there = await ports.files.stat(index);
  if (!there.ok || there.value === undefined) return there.ok ? ok(undefined) : there;
  const bytes = await ports.files.read(index);
  if (!bytes.ok) return bytes;
  // A line that is torn inside a character must not hide the others.
  const text = new TextDecoder().decode(bytes.value);
  const file = manifest.outputs[0]?.file as string;
  for (const line of text.trimEnd().split('\n').reverse()) {
    const record = greenRun(line, config.name);
    if (record === undefined) continue;
    const bundle = within(output_dir, record.run_path);
    const path = contractPath('run', 'output', bundle, { path: file });
    // A run that looked and applied nothing, as diagnose does, says nothing of what is deployed.
    const applied = await ports.files.stat(contractPath('generation', 'provenance', bundle));
    if (!applied.ok) return applied;
    const kept = await ports.files.stat(path);
    if (!kept.ok) return kept;
    if (kept.value === undefined || applied.value === undefined) continue;
    const state = await readChecked<DesiredState>(path, desiredState, ports.files);
    return state.ok ? ok({ runId: record.run_id, state: state.value }) : state;
  }
  return ok(undefined);
}

/** A line that is torn is told by those who own the index; here it is no green run. */
function greenRun(line: string, environment: string): RunRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (!runRecord(record) || record.environment !== environment || record.run_path === '') return undefined;
    return record.status === 'green' ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Compares the files of the deployed stores with what the deployed generation names. What that says of itself may be
 * gone or spoilt: apply writes it again. A deploy root that is not this project's, or not understood, is a failure.
 */
export async function observeDrift(
  { bootstrap, paths }: Environment,
  files: FilesPort,
): Promise<Result<Stores | undefined>> {
  const deployRoot = paths.deploy_root;
  const owner = await ownerOf(deployRoot, bootstrap.compose_project_name, files);
  if (!owner.ok) return owner;
  const current = await pointer('current', deployRoot, files);
  if (!current.ok || current.value === undefined) return current.ok ? ok(undefined) : current;
  const known = await checkGenerationVersion(current.value, deployRoot, files);
  if (!known.ok) return known;
  const kept = contractPath('generation', 'artifact', pointerTarget(current.value));
  const there = await files.stat(within(deployRoot, kept));
  if (!there.ok) return there;
  const spoilt = ok({ generation: current.value, files: 0, changed: [kept] });
  if (there.value === undefined) return spoilt;
  const read = await readChecked<Artifact>(within(deployRoot, kept), artifact, files);
  if (!read.ok) return read.failure.code === 'E_PROOF_REPORT_INVALID' ? spoilt : read;
  const changed: string[] = [];
  let count = 0;
  for (const [name, service] of Object.entries(read.value.services)) {
    const folder = within(deployRoot, service.store);
    const present = await files.list(folder);
    if (!present.ok) return present;
    const prefix = `${name}/`;
    const named = new Map(
      read.value.files
        .filter((file) => file.path.startsWith(prefix))
        .map((file) => [file.path.slice(prefix.length), file.sha256]),
    );
    count += named.size;
    for (const path of new Set([...named.keys(), ...present.value])) {
      const instead = await noFileAt(within(folder, path), files);
      if (!instead.ok) return instead;
      const bytes = instead.value === undefined ? await files.read(within(folder, path)) : undefined;
      if (bytes !== undefined && !bytes.ok) return bytes;
      if (bytes === undefined || sha256(bytes.value) !== named.get(path)) changed.push(within(service.store, path));
    }
  }
  return ok({ generation: read.value.generation, files: count, changed: changed.sort() });
}

async function readChecked<T>(path: string, validator: Validator<T>, files: FilesPort): Promise<Result<T>> {
  const text = await files.readText(path);
  if (!text.ok) return text;
  let value: unknown;
  try {
    value = JSON.parse(text.value);
  } catch {
    return err(failure('E_PROOF_REPORT_INVALID', `${path} is not whole JSON`, { place: { file: path } }));
  }
  return checkDocument<T>(value, path, validator);
}
