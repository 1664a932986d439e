import {
  type Artifact,
  contractPath,
  err,
  failure,
  type Input,
  keptGeneration,
  ok,
  ownerOf,
  pointer,
  type Result,
  type StepContext,
} from '@plumbline/contracts';
import { artifact as artifactValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { observeJournal } from './observe-root.ts';

/** What apply is to make of the host, or why there is nothing to do. */
export type Target =
  | { readonly artifact: Pick<Input<Artifact>, 'data' | 'path'>; readonly skipped?: undefined }
  | { readonly skipped: string };

/**
 * The artifact that was given, of this environment's own project; with `target: verified`, the generation that was
 * proved last, from what the host keeps of it. With `undo`, only where there is something to undo.
 */
export async function targetOf(context: StepContext): Promise<Result<Target>> {
  const { inputs, params, config, ports } = context;
  const root = config.paths.deploy_root;
  const project = config.bootstrap.compose_project_name;
  if (params.target !== 'verified') {
    const given = inputs.artifact as Input<Artifact>;
    if (given.data.project === project) return ok({ artifact: given });
    const message = `the artifact is of the project ${given.data.project}, and the environment ${config.name} deploys ${project}`;
    return err(failure('E_ENV_ROOT_FOREIGN', message, { place: { file: given.path } }));
  }
  if (params.undo === true) {
    const why = await whyNotUndo(context);
    if (!why.ok) return why;
    if (why.value !== undefined) return ok({ skipped: why.value });
  }
  const owner = await ownerOf(root, project, ports.files);
  if (!owner.ok) return owner;
  const kept = await keptGeneration('verified', root, ports.files);
  if (!kept.ok) return kept;
  if (kept.value === undefined)
    return err(failure('E_RUNTIME_NOT_VERIFIED', `no generation of ${config.name} was proved yet`));
  const path = contractPath('generation', 'artifact', kept.value.folder);
  const artifact = await readArtifact(path, ports.files);
  return artifact.ok ? ok({ artifact: { data: artifact.value, path } }) : artifact;
}

/**
 * Why there is nothing to undo; undefined where there is. Undone is what this run has begun to change, and a generation
 * that its proof has just disproved, though an earlier run deployed it and was killed before it could prove it. A first
 * deployment that fails is left as it is, to be looked at.
 */
async function whyNotUndo({ inputs, config, ports, runId }: StepContext): Promise<Result<string | undefined>> {
  const root = config.paths.deploy_root;
  const journal = await observeJournal(root, ports.files);
  if (!journal.ok) return journal;
  const verified = await pointer('verified', root, ports.files);
  if (!verified.ok) return verified;
  const current = await pointer('current', root, ports.files);
  const applied = journal.value.runs.get(runId);
  const disproved = inputs.findings !== undefined && current.ok ? current.value : undefined;
  if (applied === undefined && (disproved === undefined || disproved === verified.value))
    return ok('this run has changed nothing');
  if (verified.value === undefined)
    return ok('nothing was ever proved here, so what was deployed is left running to be looked at');
  if (verified.value === (applied ?? disproved))
    return ok('what this run applied is the generation that was proved last: there is no other to go back to');
  return ok(undefined);
}

/** Reads an artifact that is kept on the host. */
async function readArtifact(path: string, files: StepContext['ports']['files']): Promise<Result<Artifact>> {
  const text = await files.readText(path);
  if (!text.ok) return text;
  let value: unknown;
  try {
    value = JSON.parse(text.value);
  } catch {
    return err(failure('E_PROOF_ARTIFACT_MISMATCH', `${path} is not whole JSON`, { place: { file: path } }));
  }
  const checked = checkDocument<Artifact>(value, path, artifactValidator, 'E_PROOF_ARTIFACT_MISMATCH');
  return checked.ok ? checked : err({ ...checked.failure, place: { file: path, ...checked.failure.place } });
}
