import { contractPath, type Input, ok, outcome, type Report, type Result, type Step } from '@plumbline/contracts';
import { report as reportValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { buildReport, outcomeOf } from '../bundle/report.ts';
import type { StepEnd } from '../bundle/step-end.ts';
import type { GraphNode } from '../graph/graph-types.ts';
import { type Attempted, attempts, isGood } from './attempt.ts';
import type { RunContext } from './run-context.ts';
import { writeOutputs } from './write-outputs.ts';

export type { RunContext } from './run-context.ts';

/** Runs one step with its time limit and its retries, writes its outputs and its report, and tells how it ended. */
export async function runStep(
  step: Step | undefined,
  node: GraphNode,
  inputs: Readonly<Record<string, Input | undefined>>,
  run: RunContext,
  { signal, free }: { readonly signal: AbortSignal; readonly free: () => void },
): Promise<StepEnd> {
  const startedAt = run.clock.now();
  const origins = Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) => (input === undefined ? [] : [[name, input.origin]])),
  );
  const until = new Date(startedAt + node.timeoutS * 1000).toISOString();
  run.emit({ type: 'step_started', step: node.id, uses: node.uses, inputs: origins, until });
  const tried = await attempts({ step, node, inputs, signal }, run);
  const { result } = tried;
  const delivered = await writeOutputs(node, result.ok ? result.value : outcome(''), run);
  const parts = { runId: run.runId, node, mode: run.mode, startedAt, endedAt: run.clock.now(), inputs };
  const outputs = delivered.ok ? delivered.value : {};
  let said = outcomeOf(node, delivered.ok ? result : delivered);
  let report = run.scrubber.value(buildReport({ ...parts, outputs }, said));
  if (said === (result.ok ? result.value : undefined) && isGood(said.checks)) free();
  let written = await writeReport(report, run);
  if (!written.ok && written.failure.code === 'E_PROOF_REPORT_INVALID') {
    // What the step said cannot be told; that it cannot is told in its place.
    run.emit({ type: 'failure', step: node.id, failure: written.failure });
    said = outcomeOf(node, written);
    report = run.scrubber.value(buildReport({ ...parts, outputs: {} }, said));
    written = await writeReport(report, run);
  }
  const status = !written.ok ? 'crashed' : statusOf(tried, report);
  if (!result.ok && !tried.bug) run.emit({ type: 'failure', step: node.id, failure: result.failure });
  if (!delivered.ok) run.emit({ type: 'failure', step: node.id, failure: delivered.failure });
  if (!written.ok) run.emit({ type: 'failure', step: node.id, failure: written.failure });
  const times =
    tried.attempts > 1 ? `${said.summary} (attempt ${tried.attempts} of ${node.retries + 1})` : said.summary;
  run.emit({ type: 'step_ended', step: node.id, status, summary: times, duration_ms: report.duration_ms });
  return {
    id: node.id,
    uses: node.uses,
    status,
    summary: run.scrubber.text(times),
    durationMs: report.duration_ms,
    report,
    said: run.scrubber.value(said),
    ...(node.cellOf === undefined ? {} : { cellOf: node.cellOf }),
  };
}

/** Whether steps that need this one's success may follow. */
export function succeeded(end: StepEnd): boolean {
  if (end.status === 'crashed' || end.status === 'cancelled') return false;
  return isGood(end.report?.checks ?? []);
}

function statusOf({ result, bug }: Attempted, report: Report): StepEnd['status'] {
  if (bug) return 'crashed';
  return !result.ok && result.failure.code === 'E_ENV_INTERRUPTED' ? 'cancelled' : report.status;
}

/** A report that does not fit its schema is a bug of the step that gave it the parts, and is not written. */
export async function writeReport(report: Report, run: RunContext): Promise<Result<void>> {
  const checked = checkDocument(report, `the report of ${report.step}`, reportValidator);
  if (!checked.ok) return checked;
  const path = contractPath('run', 'report', run.runDir, { step: report.step });
  const written = await run.ports.files.write(path, `${JSON.stringify(report, null, 2)}\n`);
  return written.ok ? ok(undefined) : written;
}
