import {
  type Artifact,
  type Check,
  err,
  judgeRuntime,
  notPassed,
  ok,
  passed,
  type Result,
  type StepContext,
} from '@plumbline/contracts';

const ID = 'apply.runtime';

/**
 * Whether the runtime is what an artifact requires of it, asked before anything is pulled or written. The check for the
 * report where it may go on; else E_RUNTIME_INCOMPATIBLE, or why it could not be told. None where nothing is required, and
 * on an engine without a daemon, as preflight says. Changes nothing.
 */
export async function checkRuntime(
  { runtime_stack_requirements: wanted }: Artifact,
  { config, ports: { engine } }: Pick<StepContext, 'config' | 'ports'>,
): Promise<Result<readonly Check[]>> {
  if (wanted === undefined || engine.probe === undefined) return ok([]);
  const {
    findings,
    verdict,
    failure: cause,
  } = judgeRuntime(wanted, await engine.probe(), config.bootstrap.runtime_policy);
  if (cause === undefined) {
    const summary = `the runtime is what the stack requires: ${findings.length} requirements are met`;
    return ok([passed({ id: ID, summary, evidence: { findings } })]);
  }
  if (verdict !== 'warn') return err(cause);
  return ok([notPassed({ id: ID, summary: cause.message, evidence: { findings } }, 'warn', cause)]);
}
