import { type Check, failure, notPassed, outcome, type Report, type StepOutcome } from '@plumbline/contracts';
import type { StepEnd } from './step-end.ts';

/** What the cells of a step say together. */
export interface Merged {
  readonly said: StepOutcome;
  readonly inputs: Report['inputs'];
  readonly outputs: Report['outputs'];
  readonly status: 'crashed' | 'cancelled' | undefined;
}

/**
 * Puts together what the cells of a matrix found, in their order: checks one after the other, outputs by name. Two
 * cells that deliver the same output, and a cell that did not run, are checks of their own. Pure.
 */
export function mergeCells(step: string, cells: readonly StepEnd[]): Merged {
  const outputs: Report['outputs'] = {};
  const inputs: Report['inputs'] = {};
  const from = new Map<string, string>();
  const checks: Check[] = [];
  for (const cell of cells) {
    checks.push(...(cell.report?.checks ?? []));
    if (cell.report === undefined) checks.push(notRun(cell));
    Object.assign(inputs, cell.report?.inputs);
    for (const [name, output] of Object.entries(cell.report?.outputs ?? {})) {
      const first = from.get(name);
      if (first !== undefined) checks.push(clash(step, name, first, cell.id));
      else {
        from.set(name, cell.id);
        outputs[name] = output;
      }
    }
  }
  const bad = cells.filter((cell) => !['pass', 'skipped'].includes(cell.status));
  const summary =
    bad.length === 0
      ? `${cells.length} cells: all hold`
      : `${cells.length} cells: ${bad.map((cell) => `${cell.id} ${cell.status}`).join(', ')}`;
  const all = <T>(part: (said: StepOutcome) => readonly T[]) =>
    cells.flatMap((cell) => (cell.said === undefined ? [] : part(cell.said)));
  const said = outcome(summary, {
    checks,
    operations: all((cell) => cell.operations),
    standIns: [...new Set(all((cell) => cell.standIns))],
    proved: all((cell) => cell.proved),
    samples: all((cell) => cell.samples),
  });
  const status = (['crashed', 'cancelled'] as const).find((one) => cells.some((cell) => cell.status === one));
  return { said, inputs, outputs, status };
}

/** The cells of a step are asked for together, so one that did not run leaves a hole in what the step says. */
function notRun(cell: StepEnd): Check {
  const summary = `${cell.id} did not run: ${cell.summary}`;
  return notPassed({ id: `${cell.id}.ran`, summary }, 'unknown', failure('E_ENV_INTERRUPTED', summary));
}

function clash(step: string, name: string, first: string, second: string): Check {
  const summary = `${first} and ${second} both deliver the output ${name} of ${step}`;
  const hint = 'let one cell deliver it, or make two steps of the matrix';
  return notPassed({ id: `${second}.${name}`, summary }, 'fail', failure('E_PROOF_REPORT_INVALID', summary, { hint }));
}
