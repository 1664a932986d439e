import {
  type Check,
  effectiveVerdict,
  type Failure,
  type Input,
  type Mode,
  notPassed,
  outcome,
  type Report,
  type Result,
  type StepOutcome,
  worstVerdict,
} from '@plumbline/contracts';
import type { GraphNode } from '../graph/graph.ts';
import { elapsedMs } from './elapsed.ts';

/** What a report is made of besides the step's own words. */
export interface ReportParts {
  readonly runId: string;
  readonly node: GraphNode;
  readonly mode: Mode;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly inputs: Readonly<Record<string, Input | undefined>>;
  /** Output name -> its file in the run's folder and the hash of its bytes. */
  readonly outputs: Report['outputs'];
}

/** A failure of a step as a check: a changing step failed; a probing one could not look. */
export function outcomeOf(node: GraphNode, result: Result<StepOutcome>): StepOutcome {
  if (result.ok) return result.value;
  return outcome(result.failure.message, { checks: [failedCheck(node, result.failure)] });
}

function failedCheck(node: GraphNode, cause: Failure): Check {
  const verdict = node.manifest.kind === 'probing' ? 'unknown' : 'fail';
  return notPassed({ id: `${node.id}.completed`, summary: cause.message }, verdict, cause);
}

/** The report of a step. Pure; its status is its worst verdict. */
export function buildReport(parts: ReportParts, said: StepOutcome): Report {
  const { runId, node, mode, startedAt, endedAt, inputs, outputs } = parts;
  return {
    schema_version: '1',
    run_id: runId,
    step: node.id,
    uses: node.uses,
    mode,
    status: worstVerdict(said.checks.map(effectiveVerdict)),
    summary: said.summary,
    started_at: new Date(startedAt).toISOString(),
    ended_at: new Date(endedAt).toISOString(),
    duration_ms: elapsedMs(startedAt, endedAt),
    inputs: Object.fromEntries(
      Object.entries(inputs).flatMap(([name, input]) =>
        input === undefined ? [] : [[name, { origin: input.origin, sha256: input.sha256 }]],
      ),
    ),
    outputs,
    operations: [...said.operations],
    ...(said.services === undefined ? {} : { services: { ...said.services } }),
    checks: [...said.checks],
    stand_ins: [...said.standIns],
  };
}
