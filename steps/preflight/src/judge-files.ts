import { type Check, differences, type Environment, failure } from '@plumbline/contracts';
import { bad, doubtful, good, skipped, unseen } from './check.ts';
import { isUnlooked, type Observation } from './observation.ts';

export function judgeDesired({ desired }: Observation): Check {
  if (!desired.ok) return unseen('desired_state', desired.failure);
  const { state, missing } = desired.value;
  const [first] = missing;
  if (first !== undefined) {
    const message = `no file, though there by name: ${missing.map(({ path, found }) => `${path} is ${found}`).join('; ')}`;
    const place = { file: first.file };
    const hint = 'put the file back, or remove what stands in its place';
    return bad('desired_state', failure('E_CONFIG_NOT_FOUND', message, { place, hint }), { missing });
  }
  const { sha256, files } = state;
  const summary = `${files.length} canonical files recorded, ${sha256.slice(0, 12)} in all`;
  return good('desired_state', summary, { sha256, files: files.length });
}

/**
 * What changed since the last green run is told and is no fault: a changed configuration is why one deploys. What was
 * changed in the deployed stores by hand is one. Where the run may mend it, apply puts it back, and it is a warning.
 */
export function judgeDrift({ desired, previous, stores, mode }: Observation): Check {
  if (!previous.ok) return unseen('drift', previous.failure);
  if (!stores.ok) return unseen('drift', stores.failure);
  if (!desired.ok) return unseen('drift', desired.failure);
  const changed = previous.value === undefined ? [] : differences(previous.value.state, desired.value.state);
  const evidence = {
    since: previous.value?.runId ?? null,
    changed,
    generation: stores.value?.generation ?? null,
    store_files: stores.value?.files ?? 0,
  };
  const edited = stores.value?.changed ?? [];
  if (edited.length > 0) {
    const message = `deployed files are not those of the generation: ${edited.join(', ')}`;
    const cause = failure('E_PROOF_DRIFT_RENDERED', message);
    return (mode === 'diagnose' ? bad : doubtful)('drift', cause, { ...evidence, edited });
  }
  return good('drift', driftSummary(previous.value?.runId, changed), evidence);
}

function driftSummary(since: string | undefined, changed: readonly string[]): string {
  if (since === undefined) return 'no green run has recorded its files yet';
  if (changed.length === 0) return `nothing changed since the green run ${since}`;
  return `changed since the green run ${since}: ${changed.join(', ')}`;
}

/** Secrets are their owner's alone, and no placeholders. */
export function judgeSecrets({ secrets }: Observation, { secretsPolicy }: Environment): Check {
  if (!secrets.ok) return unseen('secrets', secrets.failure);
  const expected = secretsPolicy.secrets.length;
  if (secrets.value.length === 0)
    return expected === 0
      ? skipped('secrets', 'the stack has no secrets')
      : good('secrets', 'no secret was made yet; apply makes them', { expected });
  const evidence = {
    files: secrets.value.map(({ path, mode, uid }) => ({ path, mode: mode?.toString(8) ?? 'unknown', uid })),
  };
  const failures = secrets.value.flatMap(({ verdict }) => (verdict.ok ? [] : [verdict.failure]));
  const unlooked = failures.find(isUnlooked);
  if (unlooked !== undefined) return unseen('secrets', unlooked, evidence);
  const [first] = failures;
  if (first !== undefined) return bad('secrets', first, evidence);
  return good('secrets', `${secrets.value.length} secrets are their owner's alone`, evidence);
}

/**
 * That no script of the pipelines would ask somebody (seed 002, P17). Nothing but `--interactive yes` makes less of it
 * than a failure, and then each prompt is named all the same.
 */
export function judgeScripts({ scripts, interactive }: Observation): Check {
  if (!scripts.ok) return unseen('interactive', scripts.failure);
  const evidence = { scripts: scripts.value.map(({ file }) => file), interactive };
  for (const { prompts } of scripts.value) if (!prompts.ok) return unseen('interactive', prompts.failure, evidence);
  const found = scripts.value.flatMap(({ file, prompts }) =>
    prompts.ok ? prompts.value.map((p) => ({ file, ...p })) : [],
  );
  const [first] = found;
  if (first === undefined)
    return good('interactive', `${scripts.value.length} scripts of the pipelines ask nobody anything`, evidence);
  const message = found.map(({ file, what, line, column }) => `${file}:${line}:${column} ${what}`).join('; ');
  const { file, line, column } = first;
  const says = interactive ? 'allowed by --interactive yes, and nobody can answer' : 'would wait for somebody';
  const cause = failure('E_CONFIG_INTERACTIVE', `${says}: ${message}`, { place: { file, line, column } });
  return (interactive ? doubtful : bad)('interactive', cause, { ...evidence, prompts: found });
}
