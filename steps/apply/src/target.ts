import {
  type Artifact,
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
 * The artifact that was given; with `target: verified`, the generation that was proved last, from what the host keeps of
 * it. With `undo`, only where this run has changed something here, and there is another generation to go back to:
 * a first deployment that fails is left as it is, to be looked at.
 */
export async function targetOf(context: StepContext): Promise<Result<Target>> {
  const { inputs, params, config, ports, runId } = context;
  const given = inputs.artifact as Input<Artifact>;
  if (params.target !== 'verified') return ok({ artifact: given });
  const root = config.paths.deploy_root;
  if (params.undo === true) {
    const journal = await observeJournal(root, ports.files);
    if (!journal.ok) return journal;
    if (!journal.value.runs.has(runId)) return ok({ skipped: 'this run has changed nothing' });
    const verified = await pointer('verified', root, ports.files);
    if (!verified.ok) return verified;
    if (verified.value === undefined)
      return ok({ skipped: 'nothing was ever proved here, so what was deployed is left running to be looked at' });
    if (verified.value === given.data.generation)
      return ok({
        skipped: 'what this run applied is the generation that was proved last: there is no other to go back to',
      });
  }
  const owner = await ownerOf(root, config.bootstrap.compose_project_name, ports.files);
  if (!owner.ok) return owner;
  const kept = await keptGeneration('verified', root, ports.files);
  if (!kept.ok) return kept;
  if (kept.value === undefined)
    return err(failure('E_RUNTIME_NOT_VERIFIED', `no generation of ${config.name} was proved yet`));
  const path = `${kept.value.folder}/artifact.json`;
  const artifact = await readArtifact(path, ports.files);
  return artifact.ok ? ok({ artifact: { data: artifact.value, path } }) : artifact;
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
