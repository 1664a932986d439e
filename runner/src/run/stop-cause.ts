import { type Failure, failure } from '@plumbline/contracts';
import type { GraphNode } from '../graph/graph-types.ts';

/** Aborts with this when a step's time is up; the first cause wins, for a signal aborts once. */
export const TIME_IS_UP = Symbol('the time limit');

/** Why a step was asked to end, from the reason of its signal. undefined where it was not. Pure. */
export function stopCause(signal: AbortSignal, node: GraphNode): Failure | undefined {
  if (!signal.aborted) return undefined;
  if (signal.reason === TIME_IS_UP)
    return failure('E_RUNTIME_TIMEOUT', `${node.id} did not end within ${node.timeoutS} s`, {
      hint: `see what it was doing, or give it longer: "timeout_s" of ${node.cellOf ?? node.id} in the pipeline`,
    });
  if (typeof signal.reason === 'string')
    return failure('E_ENV_INTERRUPTED', `${node.id} was stopped: ${signal.reason}`);
  return failure('E_ENV_INTERRUPTED', `${node.id} was stopped when the run was interrupted`);
}
