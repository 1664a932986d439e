import { contractPath, err, type Failure, type Input, type Step } from '@plumbline/contracts';
import { mergeCells } from '../bundle/merge-cells.ts';
import { buildReport } from '../bundle/report.ts';
import type { StepEnd } from '../bundle/step-end.ts';
import type { GraphNode } from '../graph/graph-types.ts';
import { schedule } from '../schedule/schedule.ts';
import { shuffle } from '../schedule/shuffle.ts';
import { inputsOf } from './inputs-of.ts';
import type { RunContext } from './run-context.ts';
import type { RunRequest } from './run-request.ts';
import { runStep, succeeded, writeReport } from './run-step.ts';

/** Runs every step of a graph that may run, and tells how each one ended, in the order of the graph. */
export async function runGraph(request: RunRequest, context: RunContext): Promise<readonly StepEnd[]> {
  const { graph, steps, concurrency, shuffleSeed } = request;
  const ends = new Map<string, StepEnd>();
  const skip = (node: GraphNode, reason: string, notNeeded: boolean) => {
    ends.set(node.id, skipped(node, reason, notNeeded));
    const ended = { status: 'skipped', summary: reason, duration_ms: 0 } as const;
    context.emit({ type: 'step_ended', step: node.id, ...ended, ...(notNeeded ? { not_needed: true } : {}) });
  };
  await schedule(
    graph,
    {
      async run(node, signal, free) {
        if (node.cells !== undefined) {
          const merged = await merge(node, ends, context);
          ends.set(node.id, merged);
          return { succeeded: succeeded(merged) && node.cells.every((id) => wasGood(ends.get(id))), ran: true };
        }
        const inputs = await inputsOf(node, ends, request, context);
        const missing = inputs.ok ? missingInput(node, inputs.value) : undefined;
        if (missing !== undefined) {
          const { reason, notNeeded } = whyMissing(node, missing, ends, context.dryRun);
          skip(node, reason, notNeeded);
          return { succeeded: notNeeded, ran: false, reason, notNeeded };
        }
        const end = inputs.ok
          ? await runStep(steps[node.uses], node, inputs.value, context, { signal, free })
          : await runStep(refusing(node, inputs.failure), { ...node, retries: 0 }, {}, context, { signal, free });
        ends.set(node.id, end);
        return { succeeded: succeeded(end), ran: true };
      },
      async skip(node, reason, notNeeded) {
        skip(node, reason, notNeeded);
      },
    },
    { concurrency, signal: request.signal, ...(shuffleSeed === undefined ? {} : { pick: shuffle(shuffleSeed) }) },
  );
  await tidy(request, context);
  return graph.nodes.map((node) => ({ ...(ends.get(node.id) as StepEnd), ...edgesOf(node) }));
}

function edgesOf({ waitsFor, supersedes }: GraphNode): Pick<StepEnd, 'waitsFor' | 'supersedes'> {
  return { waitsFor, ...(supersedes === undefined ? {} : { supersedes }) };
}

/** Each command removed its own folder; the one that they were in is left. */
async function tidy({ graph }: RunRequest, { runDir, ports }: RunContext): Promise<void> {
  if (graph.nodes.some((node) => node.command !== undefined))
    await ports.files.remove(contractPath('run', 'work', runDir));
}

function skipped({ id, uses, cellOf }: GraphNode, reason: string, notNeeded: boolean): StepEnd {
  const cell = cellOf === undefined ? {} : { cellOf };
  return { id, uses, status: 'skipped', summary: reason, durationMs: 0, ...cell, ...(notNeeded ? { notNeeded } : {}) };
}

/** What a step that was not needed would have delivered is not needed either; nor is what a dry run does not do. */
function whyMissing(
  { inputs }: GraphNode,
  name: string,
  ends: ReadonlyMap<string, StepEnd>,
  dryRun: boolean,
): { readonly reason: string; readonly notNeeded: boolean } {
  const binding = inputs[name];
  const producer = binding?.from === 'step' ? ends.get(binding.step) : undefined;
  const planned = producer !== undefined && succeeded(producer) && dryRun;
  if (planned) return { reason: `in a dry run ${producer.id} delivers nothing`, notNeeded: true };
  return producer?.notNeeded === true
    ? { reason: `${producer.id} was not needed`, notNeeded: true }
    : { reason: `its input ${name} was not delivered`, notNeeded: false };
}

function missingInput(node: GraphNode, inputs: Readonly<Record<string, Input | undefined>>): string | undefined {
  return node.manifest.inputs.find((input) => input.required && inputs[input.name] === undefined)?.name;
}

/** A step whose input cannot be read reports that and nothing else. */
function refusing({ manifest }: GraphNode, cause: Failure): Step {
  return { manifest, run: async () => err(cause) };
}

function wasGood(end: StepEnd | undefined): boolean {
  return end?.report !== undefined && succeeded(end);
}

/** The report of a step with a matrix: what its cells found, as one. */
async function merge(node: GraphNode, ends: ReadonlyMap<string, StepEnd>, run: RunContext): Promise<StepEnd> {
  const cells = (node.cells ?? []).flatMap((id) => ends.get(id) ?? []);
  const { said, inputs, outputs, status: worst } = mergeCells(node.id, cells);
  const reports = cells.flatMap((cell) => cell.report ?? []);
  const times = (key: 'started_at' | 'ended_at') => reports.map((report) => Date.parse(report[key]));
  const startedAt = Math.min(...times('started_at'));
  const built = buildReport(
    { runId: run.runId, node, mode: run.mode, startedAt, endedAt: Math.max(...times('ended_at')), inputs: {}, outputs },
    said,
  );
  const report = run.scrubber.value({ ...built, inputs, cells: [...(node.cells ?? [])] });
  const written = await writeReport(report, run);
  if (!written.ok) run.emit({ type: 'failure', step: node.id, failure: written.failure });
  const status = written.ok ? (worst ?? report.status) : 'crashed';
  run.emit({ type: 'step_ended', step: node.id, status, summary: said.summary, duration_ms: report.duration_ms });
  return { id: node.id, uses: node.uses, status, summary: said.summary, durationMs: report.duration_ms, report, said };
}
