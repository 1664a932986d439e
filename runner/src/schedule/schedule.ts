import type { Graph, GraphNode } from '../graph/graph.ts';

/** How one step ended, as the scheduler sees it. */
export interface NodeEnd {
  /** Whether steps with `when: success` may follow. */
  readonly succeeded: boolean;
  /** Whether it ran at all; a step that did not run has delivered nothing. */
  readonly ran: boolean;
}

/** What the scheduler asks of the run. */
export interface Worker {
  run(node: GraphNode): Promise<NodeEnd>;
  /** A step that will not run, and why. */
  skip(node: GraphNode, reason: string): Promise<void>;
}

/** Limits of a schedule. */
export interface ScheduleOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a graph: a step starts when all that it waits for has ended and its `when` holds for its ancestors, never more
 * than `concurrency` at a time. After cancellation nothing new starts but `when: always`. Decides order only: what a
 * step does, and whether it succeeded, is the worker's.
 */
export async function schedule(graph: Graph, worker: Worker, { concurrency, signal }: ScheduleOptions): Promise<void> {
  const ended = new Map<string, NodeEnd>();
  const waiting = new Set(graph.nodes);
  const working = new Map<string, Promise<void>>();
  const start = async (node: GraphNode): Promise<void> => {
    const reason = whyNot(node, graph, ended, signal);
    if (reason === undefined) ended.set(node.id, await worker.run(node));
    else {
      await worker.skip(node, reason);
      ended.set(node.id, { succeeded: reason === NOT_NEEDED, ran: false });
    }
    working.delete(node.id);
  };
  while (waiting.size > 0 || working.size > 0) {
    for (const node of waiting) {
      if (working.size >= concurrency) break;
      if (!node.waitsFor.every((id) => ended.has(id))) continue;
      waiting.delete(node);
      working.set(node.id, start(node));
    }
    await Promise.race(working.values());
  }
}

const NOT_NEEDED = 'nothing before it failed';

/** Why a step that could start must not; undefined where it may. `when` looks at ancestors only. */
function whyNot(
  node: GraphNode,
  graph: Graph,
  ended: ReadonlyMap<string, NodeEnd>,
  signal: AbortSignal,
): string | undefined {
  if (node.when === 'always') return undefined;
  if (signal.aborted) return 'the run was interrupted';
  const failed = ancestors(node, graph).filter((id) => ended.get(id)?.succeeded === false);
  if (node.when === 'failure') return failed.length > 0 ? undefined : NOT_NEEDED;
  return failed.length > 0 ? `${failed[0]} did not succeed` : undefined;
}

function ancestors(node: GraphNode, graph: Graph): readonly string[] {
  const found = new Set<string>();
  const visit = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    graph.nodes.find((n) => n.id === id)?.waitsFor.forEach(visit);
  };
  node.waitsFor.forEach(visit);
  // In the order of the graph, so that the reason names the cause and not its consequence.
  return graph.nodes.map((n) => n.id).filter((id) => found.has(id));
}
