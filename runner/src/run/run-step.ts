import {
  type ClockPort,
  contractPath,
  type Environment,
  effectiveVerdict,
  err,
  type Failure,
  failure,
  type Input,
  type Mode,
  ok,
  type Ports,
  type Report,
  type Result,
  type RunEvent,
  type Scrubber,
  type Step,
  type StepOutcome,
  sha256,
} from '@plumbline/contracts';
import { report as reportValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { buildReport, outcomeOf } from '../bundle/report.ts';
import type { StepEnd } from '../bundle/summary.ts';
import type { GraphNode } from '../graph/graph.ts';
import { checkAgainst } from './resolve-input.ts';

/** What all steps of one run share. */
export interface RunContext {
  readonly runId: string;
  readonly runDir: string;
  readonly environment: Environment;
  readonly mode: Mode;
  readonly dryRun: boolean;
  readonly ports: Ports;
  readonly clock: ClockPort;
  readonly scrubber: Scrubber;
  readonly signal: AbortSignal;
  emit(event: RunEvent): void;
}

/** After a step was told to stop it has this long to do so; then the run goes on without it. */
const GRACE_MS = 10_000;

/** Runs one step with its time limit and its retries, writes its outputs and its report, and tells how it ended. */
export async function runStep(
  step: Step,
  node: GraphNode,
  inputs: Readonly<Record<string, Input | undefined>>,
  run: RunContext,
): Promise<StepEnd> {
  const startedAt = run.clock.now();
  const origins = Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) => (input === undefined ? [] : [[name, input.origin]])),
  );
  run.emit({ type: 'step_started', step: node.id, uses: node.uses, inputs: origins });
  let result = await attempt(step, node, inputs, run);
  for (let n = 0; n < node.retries && !result.ok && !run.signal.aborted; n += 1)
    result = await attempt(step, node, inputs, run);
  const delivered = await writeOutputs(node, result, run);
  const said = outcomeOf(node, delivered.ok ? result : delivered);
  const outputs = delivered.ok ? delivered.value : {};
  const report = run.scrubber.value(
    buildReport({ runId: run.runId, node, mode: run.mode, startedAt, endedAt: run.clock.now(), inputs, outputs }, said),
  );
  const written = await writeReport(report, run);
  const status =
    !written.ok || isBug(result) ? 'crashed' : run.signal.aborted && !result.ok ? 'cancelled' : report.status;
  if (!result.ok && !isBug(result)) run.emit({ type: 'failure', step: node.id, failure: result.failure });
  if (!written.ok) run.emit({ type: 'failure', step: node.id, failure: written.failure });
  run.emit({ type: 'step_ended', step: node.id, status, summary: said.summary, duration_ms: report.duration_ms });
  return {
    id: node.id,
    uses: node.uses,
    status,
    summary: run.scrubber.text(said.summary),
    durationMs: report.duration_ms,
    report,
    said: run.scrubber.value(said),
  };
}

/** Whether steps that need this one's success may follow. */
export function succeeded(end: StepEnd): boolean {
  if (end.status === 'crashed' || end.status === 'cancelled') return false;
  return (end.report?.checks ?? [])
    .map(effectiveVerdict)
    .every((verdict) => verdict !== 'fail' && verdict !== 'unknown');
}

function isBug(result: Result<unknown>): boolean {
  return !result.ok && result.failure.code === 'E_RUNTIME_UNEXPECTED';
}

async function attempt(
  step: Step,
  node: GraphNode,
  inputs: Readonly<Record<string, Input | undefined>>,
  run: RunContext,
): Promise<Result<StepOutcome>> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), node.timeoutS * 1000);
  const signal = AbortSignal.any([run.signal, limit.signal]);
  const work = step.run({
    config: run.environment,
    inputs,
    params: node.params,
    mode: run.mode,
    dryRun: run.dryRun,
    ports: run.ports,
    signal,
    runDir: run.runDir,
    emit: (event) => run.emit({ type: 'step_event', step: node.id, event }),
  });
  const { promise: abandoned, cancel } = afterGrace(signal, node, limit.signal);
  try {
    return await Promise.race([work, abandoned]);
  } catch (thrown) {
    // The one catch of a step: whatever is thrown is a bug, and its stack goes to the event log only.
    const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    const found = failure(
      'E_RUNTIME_UNEXPECTED',
      `${node.id}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
    run.emit({ type: 'failure', step: node.id, failure: found, detail });
    return err(found);
  } finally {
    clearTimeout(timer);
    cancel();
  }
}

function afterGrace(
  signal: AbortSignal,
  node: GraphNode,
  limit: AbortSignal,
): { readonly promise: Promise<Result<never>>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  let give: () => void = () => undefined;
  const promise = new Promise<Result<never>>((resolve) => {
    give = () => {
      timer = setTimeout(() => resolve(err(stopped(node, limit))), GRACE_MS);
    };
    signal.addEventListener('abort', give, { once: true });
  });
  return {
    promise,
    cancel() {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
    },
  };
}

function stopped(node: GraphNode, limit: AbortSignal): Failure {
  if (limit.aborted) return failure('E_RUNTIME_TIMEOUT', `${node.id} did not end within ${node.timeoutS} s`);
  return failure('E_ENV_INTERRUPTED', `${node.id} did not stop when it was interrupted`);
}

/** Outputs are checked against their schemas before anything can read them. */
async function writeOutputs(
  node: GraphNode,
  result: Result<StepOutcome>,
  run: RunContext,
): Promise<Result<Report['outputs']>> {
  const outputs: Report['outputs'] = {};
  for (const declared of node.manifest.outputs) {
    const value = result.ok ? result.value.outputs[declared.name] : undefined;
    if (value === undefined) continue;
    const checked = checkAgainst(declared.schema, value, declared.file);
    if (!checked.ok) return checked;
    const text = `${JSON.stringify(run.scrubber.value(value), null, 2)}\n`;
    const written = await run.ports.files.write(`${run.runDir}/${declared.file}`, text);
    if (!written.ok) return written;
    outputs[declared.name] = { file: declared.file, sha256: sha256(text) };
  }
  return ok(outputs);
}

async function writeReport(report: Report, run: RunContext): Promise<Result<void>> {
  const checked = checkDocument(report, `the report of ${report.step}`, reportValidator);
  if (!checked.ok) return checked;
  return run.ports.files.write(
    contractPath('run', 'report', run.runDir, { step: report.step }),
    `${JSON.stringify(report, null, 2)}\n`,
  );
}
