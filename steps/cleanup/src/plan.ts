import type { Belonging, Operation } from '@plumbline/contracts';
import type { Observed } from './observe.ts';

/** One external change. */
export type CleanupOp =
  | {
      readonly op: 'stop_all';
      readonly services: readonly string[];
      /** What goes, by its name; undefined on an engine that has nothing to itself. */
      readonly belongings: readonly Belonging[] | undefined;
      readonly volumes: boolean;
      readonly cause: string;
    }
  | { readonly op: 'forget_current'; readonly cause: string };

/** What must be done; nothing where nothing is left. Pure. The engine is always asked: a supervisor without services is left over too. */
export function plan(observed: Omit<Observed, 'unsafe'>, volumes: boolean): readonly CleanupOp[] {
  const services = observed.running.map((s) => s.service);
  const ops: CleanupOp[] = [
    {
      op: 'stop_all',
      services,
      belongings: observed.belongings?.filter(
        ({ kind, foreign }) => foreign === undefined && (volumes || kind !== 'volume'),
      ),
      volumes: volumes && observed.data,
      cause: volumes ? 'down --volumes was asked for' : 'down was asked for',
    },
  ];
  if (observed.deployed) ops.push({ op: 'forget_current', cause: 'no service runs any more' });
  return ops;
}

/** An operation as the report lists it: where the engine names what goes, each thing by itself. */
export function records(op: CleanupOp, outcome: Operation['outcome']): readonly Operation[] {
  const { cause } = op;
  if (op.op === 'forget_current') return [{ op: op.op, target: 'current', cause, outcome }];
  if (op.belongings !== undefined)
    return op.belongings.map(({ kind, name }) => ({ op: `remove_${kind}`, target: name, cause, outcome }));
  const target = [...op.services, ...(op.volumes ? ['volumes'] : [])].join(', ') || 'nothing';
  return [{ op: op.op, target, cause, outcome }];
}
