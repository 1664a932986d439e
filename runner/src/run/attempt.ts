import {
  type Check,
  effectiveVerdict,
  err,
  type Failure,
  failure,
  type Input,
  notPassed,
  ok,
  type Result,
  type Step,
  type StepOutcome,
} from '@plumbline/contracts';
import type { GraphNode } from '../graph/graph-types.ts';
import { runCommand } from './command-step.ts';
import type { RunContext } from './run-context.ts';
import { stopCause, TIME_IS_UP } from './stop-cause.ts';

/** After a step was told to stop it has this long to do so; then the run goes on without it. */
const GRACE_MS = 10_000;
const LONGEST_BACKOFF_S = 60;

/** What one step does: a function of ours, or the program that the pipeline names. */
export interface Work {
  /** undefined for a command. */
  readonly step: Step | undefined;
  readonly node: GraphNode;
  readonly inputs: Readonly<Record<string, Input | undefined>>;
  readonly signal: AbortSignal;
}

/** How the attempts ended: with the step's own words, or a failure. */
export interface Attempted {
  readonly result: Result<StepOutcome>;
  /** It was thrown: a bug. */
  readonly bug: boolean;
  readonly attempts: number;
}

/** Tries a step until it succeeds or its retries are used up, with a pause that doubles between the attempts. */
export async function attempts(work: Work, run: RunContext): Promise<Attempted> {
  const { node, signal } = work;
  for (let n = 1; ; n += 1) {
    const tried = await attempt(work, run);
    const ended = tried.bug || tried.abandoned || (tried.result.ok && isGood(tried.result.value.checks));
    if (ended || n > node.retries || signal.aborted) return { ...tried, attempts: n };
    const pauseS = Math.min(LONGEST_BACKOFF_S, (node.backoffS ?? 1) * 2 ** (n - 1));
    run.emit({
      type: 'step_event',
      step: node.id,
      event: {
        type: 'waiting',
        text: `attempt ${n + 1} of ${node.retries + 1}`,
        until: new Date(run.clock.now() + pauseS * 1000).toISOString(),
      },
    });
    await run.clock.sleep(pauseS * 1000, signal);
    if (signal.aborted) return { ...tried, attempts: n };
  }
}

/** Whether steps that need this one may follow. */
export function isGood(checks: readonly Check[]): boolean {
  return checks.map(effectiveVerdict).every((verdict) => verdict !== 'fail' && verdict !== 'unknown');
}

interface Tried {
  readonly result: Result<StepOutcome>;
  readonly bug: boolean;
  /** It did not stop when it was told to, and may still be at work. */
  readonly abandoned: boolean;
}

async function attempt({ step, node, inputs, signal: stop }: Work, run: RunContext): Promise<Tried> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(TIME_IS_UP), node.timeoutS * 1000);
  const signal = AbortSignal.any([stop, limit.signal]);
  const context = {
    config: run.environment,
    inputs,
    params: node.params,
    mode: run.mode,
    dryRun: run.dryRun,
    interactive: run.interactive === true,
    ports: run.ports,
    signal,
    runId: run.runId,
    runDir: run.runDir,
    emit: (event: Parameters<Parameters<Step['run']>[0]['emit']>[0]) =>
      run.emit({ type: 'step_event', step: node.id, event }),
  };
  const grace = afterGrace(signal, node);
  try {
    // `async`, so that what a step throws at once is caught as what it throws later.
    const work = (async () => (step === undefined ? runCommand(node, context, run) : step.run(context)))();
    const result = await Promise.race([work, grace.over]);
    if (result === undefined) return { result: err(grace.failure()), bug: false, abandoned: true };
    return { result: withCause(result, node, signal), bug: false, abandoned: false };
  } catch (thrown) {
    // The one catch of a step: whatever is thrown is a bug, and its stack goes to the event log only.
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    const found = failure(
      'E_RUNTIME_UNEXPECTED',
      `${node.id}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
    run.emit({ type: 'failure', step: node.id, failure: found, detail });
    return { result: err(found), bug: true, abandoned: false };
  } finally {
    clearTimeout(timer);
    grace.cancel();
  }
}

/** A step knows that it was stopped, and not why. One that its time limit stopped has not succeeded, whatever it says. */
function withCause(result: Result<StepOutcome>, node: GraphNode, signal: AbortSignal): Result<StepOutcome> {
  const cause = stopCause(signal, node);
  if (cause === undefined) return result;
  if (!result.ok)
    return result.failure.code === 'E_ENV_INTERRUPTED'
      ? err({ ...cause, ...(result.failure.evidence === undefined ? {} : { evidence: result.failure.evidence }) })
      : result;
  if (cause.code !== 'E_RUNTIME_TIMEOUT') return result;
  const check = notPassed({ id: `${node.id}.in-time`, summary: cause.message }, 'fail', cause);
  return ok({ ...result.value, summary: cause.message, checks: [...result.value.checks, check] });
}

function afterGrace(signal: AbortSignal, node: GraphNode) {
  let timer: NodeJS.Timeout | undefined;
  let begin: () => void = () => undefined;
  const over = new Promise<undefined>((resolve) => {
    begin = () => {
      timer = setTimeout(() => resolve(undefined), GRACE_MS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  return {
    over,
    failure(): Failure {
      const cause = stopCause(signal, node) as Failure;
      return { ...cause, message: `${cause.message}, and did not stop within ${GRACE_MS / 1000} s after that` };
    },
    cancel() {
      clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    },
  };
}
