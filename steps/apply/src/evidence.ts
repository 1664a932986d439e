import type { Operation, RunningService } from '@plumbline/contracts';
import type { ApplyOp } from './operation.ts';

/**
 * Services whose containers a plan takes away and that somebody will want to know about: every one in a rollback, and else
 * those that a proof found broken or that do not run as they should. Pure.
 */
export function doomed(
  ops: readonly ApplyOp[],
  running: readonly RunningService[],
  broken: ReadonlySet<string> | 'all',
): readonly string[] {
  const bad = new Set(
    running.filter((one) => one.state !== 'running' || one.restarts > 0).map(({ service }) => service),
  );
  return ops.flatMap((op) => {
    if (op.op !== 'replace' && op.op !== 'stop') return [];
    return broken === 'all' || broken.has(op.service) || bad.has(op.service) ? [op.service] : [];
  });
}

/** The service whose start ended an execution. Pure. */
export function failing(operations: readonly Operation[]): readonly string[] {
  const starts = new Set(['start', 'replace', 'await_ready']);
  return operations.filter(({ op, outcome }) => outcome === 'failed' && starts.has(op)).map(({ target }) => target);
}
