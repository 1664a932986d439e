import type { Graph, GraphNode } from '../graph/graph-types.ts';

/** How one step ended, as the scheduler sees it. */
export interface NodeEnd {
  /** Whether steps with `when: success` may follow. */
  readonly succeeded: boolean;
  /** Whether it ran at all; a step that did not run has delivered nothing. */
  readonly ran: boolean;
  /** Why it did not run. */
  readonly reason?: string;
  /** It did not run because there was nothing for it to do. */
  readonly notNeeded?: boolean;
}

/** What the scheduler asks of the run. */
export interface Worker {
  /**
   * The signal asks this step to stop; one that cleans up is never asked. `free` gives the step's place to the next
   * one while its evidence is still being written: for a step that went well only, since a failure is known before
   * anything else starts. What waits for the step waits for the promise.
   */
  run(node: GraphNode, signal: AbortSignal, free: () => void): Promise<NodeEnd>;
  /** A step that will not run, and why; `notNeeded` where that is because all went well. */
  skip(node: GraphNode, reason: string, notNeeded: boolean): Promise<void>;
}

/** Limits of a schedule. */
export interface ScheduleOptions {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Which of n ready steps starts next, from 0. Default: the first in the order of the graph. */
  readonly pick?: (n: number) => number;
}

/** What is known of a node while the graph runs. */
interface State {
  readonly node: GraphNode;
  readonly place: number;
  readonly followers: State[];
  /** How many of those that it waits for have not ended. */
  left: number;
  /** Its ancestors that did not succeed, and that nothing since has done again. Shared between states: never changed. */
  causes: ReadonlySet<State>;
  end?: NodeEnd;
}

/**
 * Runs a graph: a step starts when all that it waits for has ended and its `when` holds for its ancestors, never more
 * than `concurrency` at a time. After cancellation nothing new starts but what cleans up. Decides order only: what a
 * step does, and whether it succeeded, is the worker's. What the worker throws is a bug: nothing new starts, what works
 * is waited for, and the first one is thrown again.
 */
export async function schedule(graph: Graph, worker: Worker, options: ScheduleOptions): Promise<void> {
  const states = statesOf(graph);
  const policy = graph.onFailure ?? 'continue';
  const kill = new AbortController();
  const never = new AbortController().signal;
  const stopping = AbortSignal.any([options.signal, kill.signal]);
  const begun = new Set<string>();
  const ready = states.filter((state) => state.left === 0);
  const working = new Set<Promise<void>>();
  let busy = 0;
  let wake: () => void = () => undefined;
  /** What did not succeed, and that nothing since has done again. */
  const failed = new Set<State>();
  let crash: { readonly thrown: unknown } | undefined;

  const start = async (state: State, free: () => void): Promise<void> => {
    const { node } = state;
    const why = whyNot(state, states, options.signal) ?? halted(node);
    if (why === undefined) {
      begun.add(node.cellOf ?? node.id);
      const signal = cleansUp(node) ? never : node.when === 'failure' ? options.signal : stopping;
      state.end = await worker.run(node, signal, free);
      if (!state.end.succeeded) {
        failed.add(state);
        if (policy === 'kill') kill.abort(`${node.id} did not succeed, and on_failure is kill`);
      }
    } else {
      await worker.skip(node, why.reason, why.notNeeded);
      state.end = { succeeded: why.notNeeded, ran: false, ...why };
    }
    // A cell is a part of what does it again, and not yet the whole.
    if (state.end.succeeded && state.end.ran && node.cellOf === undefined)
      for (const cause of failed) if (doesAgain(state, cause)) failed.delete(cause);
    release(state, ready);
  };
  /** The cells of one step belong together: once one has begun, a failure elsewhere does not keep the others back. */
  const halted = (node: GraphNode): Why | undefined => {
    const halt = first(failed);
    if (halt === undefined || policy === 'continue' || node.when !== 'success') return undefined;
    if (policy === 'no-new' && node.cellOf !== undefined && begun.has(node.cellOf)) return undefined;
    return because(`${halt.node.id} did not succeed, and on_failure is ${policy}`);
  };

  const takePlace = () => {
    busy += 1;
    let taken = true;
    return () => {
      if (taken) busy -= 1;
      taken = false;
      wake();
    };
  };
  const freed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  for (;;) {
    while (crash === undefined && ready.length > 0 && busy < options.concurrency) {
      const [next] = ready.splice(options.pick?.(ready.length) ?? 0, 1) as [State];
      const place = takePlace();
      const work: Promise<void> = start(next, place)
        .catch((thrown: unknown) => {
          crash ??= { thrown };
          kill.abort(`${next.node.id} ended with a bug`);
        })
        .finally(() => {
          working.delete(work);
          place();
        });
      working.add(work);
    }
    if (working.size === 0) break;
    await Promise.race([...working, freed()]);
  }
  if (crash !== undefined) throw crash.thrown;
}

function statesOf({ nodes }: Graph): readonly State[] {
  const states = nodes.map(
    (node, place): State => ({ node, place, followers: [], left: node.waitsFor.length, causes: NONE }),
  );
  const byId = new Map(states.map((state) => [state.node.id, state]));
  for (const state of states) for (const id of state.node.waitsFor) byId.get(id)?.followers.push(state);
  return states;
}

function cleansUp({ when, cleansUp: says }: GraphNode): boolean {
  return when === 'always' || (when === 'failure' && says === true);
}

const NONE: ReadonlySet<never> = new Set();

/** Tells those that wait for a step that it has ended, and what there was before it that failed. */
function release(state: State, ready: State[]): void {
  const causes = causesAfter(state);
  for (const follower of state.followers) {
    follower.causes = union(follower.causes, causes);
    follower.left -= 1;
    if (follower.left > 0) continue;
    const at = ready.findLastIndex((other) => other.place < follower.place);
    ready.splice(at + 1, 0, follower);
  }
}

/** What did not succeed, for those that follow: a step that was skipped for a cause adds nothing to it. */
function causesAfter(state: State): ReadonlySet<State> {
  const { causes, end } = state;
  if (end?.succeeded === false) return end.ran || causes.size === 0 ? union(causes, new Set([state])) : causes;
  if (end?.ran !== true || causes.size === 0 || state.node.supersedes === undefined) return causes;
  return new Set([...causes].filter((cause) => !doesAgain(state, cause)));
}

function doesAgain({ node }: State, { node: other }: State): boolean {
  return node.supersedes?.includes(other.cellOf ?? other.id) === true;
}

function union(a: ReadonlySet<State>, b: ReadonlySet<State>): ReadonlySet<State> {
  if (a === b || b.size === 0) return a;
  return a.size === 0 ? b : new Set([...a, ...b]);
}

/** The first in the order of the graph, so that a reason names the cause and not its consequence. */
function first(causes: ReadonlySet<State>): State | undefined {
  let found: State | undefined;
  for (const cause of causes) if (found === undefined || cause.place < found.place) found = cause;
  return found;
}

/** Why a step does not run. */
interface Why {
  readonly reason: string;
  readonly notNeeded: boolean;
}

function because(reason: string): Why {
  return { reason, notNeeded: false };
}

/** Why a step that could start must not; undefined where it may. `when` looks at ancestors only. */
function whyNot({ node, causes }: State, states: readonly State[], signal: AbortSignal): Why | undefined {
  if (node.cells !== undefined) {
    const cells = states.filter((state) => state.node.cellOf === node.id);
    if (!cells.every((cell) => cell.end?.ran === false)) return undefined;
    // Without a reason it would merge nothing.
    const reason = cells[0]?.end?.reason ?? 'no cell ran';
    return { reason, notNeeded: cells.length > 0 && cells.every((cell) => cell.end?.notNeeded === true) };
  }
  if (node.when === 'always') return undefined;
  const cause = first(causes);
  if (node.when === 'failure' && cause === undefined) return { reason: 'nothing before it failed', notNeeded: true };
  if (signal.aborted && !cleansUp(node)) return because('the run was interrupted');
  if (node.when === 'failure') return undefined;
  return cause === undefined ? undefined : because(`${cause.node.id} did not succeed`);
}
