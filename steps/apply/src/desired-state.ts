import {
  changedSince,
  type DesiredState,
  err,
  failure,
  type Input,
  ok,
  type Result,
  type StepContext,
} from '@plumbline/contracts';

/**
 * Refuses where a canonical file changed since preflight looked (seed 002, P1): what was generated is then of neither
 * state. Only what this very run has recorded counts; a snapshot of another run says nothing about this artifact.
 */
export async function checkDesiredState({ config, inputs, ports, runDir }: StepContext): Promise<Result<void>> {
  const input = inputs.desired_state as Input<DesiredState> | undefined;
  if (input === undefined || !input.path.startsWith(`${runDir}/`)) return ok(undefined);
  const changed = await changedSince(input.data, config.paths.repo_root, ports.files);
  if (!changed.ok) return changed;
  const [first] = changed.value;
  if (first === undefined) return ok(undefined);
  const message = `changed since preflight looked: ${changed.value.join(', ')}`;
  const file = first.startsWith('/') ? first : `${config.paths.repo_root}/${first}`;
  return err(
    failure('E_PROOF_DESIRED_STATE_CHANGED', message, { place: { file }, evidence: { changed: changed.value } }),
  );
}
