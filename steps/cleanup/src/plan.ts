import type { Operation } from '@plumbline/contracts';
import type { Observed } from './observe.ts';

/** One external change. */
export type CleanupOp =
  | { readonly op: 'stop_all'; readonly services: readonly string[]; readonly volumes: boolean; readonly cause: string }
  | { readonly op: 'forget_current'; readonly cause: string };

/** What must be done; nothing where nothing is left. Pure. The engine is always asked: a supervisor without services is left over too. */
export function plan(observed: Omit<Observed, 'unsafe'>, volumes: boolean): readonly CleanupOp[] {
  const services = observed.running.map((s) => s.service);
  const ops: CleanupOp[] = [
    {
      op: 'stop_all',
      services,
      volumes: volumes && observed.data,
      cause: volumes ? 'down --volumes was asked for' : 'down was asked for',
    },
  ];
  if (observed.deployed) ops.push({ op: 'forget_current', cause: 'no service runs any more' });
  return ops;
}

/** An operation as the report lists it. */
export function record(op: CleanupOp, outcome: Operation['outcome']): Operation {
  const target =
    op.op === 'stop_all' ? [...op.services, ...(op.volumes ? ['volumes'] : [])].join(', ') || 'nothing' : 'current';
  return { op: op.op, target, cause: op.cause, outcome };
}
