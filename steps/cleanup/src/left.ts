import { type Belonging, type Check, type Failure, failure, notPassed } from '@plumbline/contracts';
import type { Observed } from './observe.ts';

/** What was left where it is, and why. Data that nobody asked to remove is not told of. Pure. */
export function left({ unsafe, belongings = [] }: Observed, volumes: boolean): readonly Check[] {
  const foreign = belongings.filter((one) => one.foreign !== undefined && (volumes || one.kind !== 'volume'));
  const elsewhere = foreign.filter((one) => one.foreign?.root !== undefined);
  const others = foreign.filter((one) => one.foreign?.root === undefined);
  const checks = Object.entries(unsafe).map(([name, cause]) => check(name, 'fail', cause));
  if (elsewhere.length > 0) {
    const roots = [...new Set(elsewhere.map((one) => one.foreign?.root))];
    const evidence = { roots, left: elsewhere.map(told) };
    checks.push(check('elsewhere', 'fail', failure('E_ENV_PROJECT_ELSEWHERE', list(elsewhere), { evidence })));
  }
  if (others.length > 0) {
    const evidence = { left: others.map(told) };
    checks.push(check('foreign', 'warn', failure('E_ENV_NOT_OURS', list(others), { evidence })));
  }
  return checks;
}

function check(name: string, verdict: 'warn' | 'fail', cause: Failure): Check {
  return notPassed({ id: `cleanup.${name}`, summary: `left as it is: ${cause.message}` }, verdict, cause);
}

function list(things: readonly Belonging[]): string {
  return things.map(({ kind, name, foreign }) => `the ${kind} ${name} (${foreign?.why})`).join('; ');
}

function told({ kind, name, foreign }: Belonging) {
  return { kind, name, why: foreign?.why };
}
