import { err, failure, ok, type Result, type StepManifest } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { shown, textOf } from '@plumbline/formats/shown';
import type { PipelineStep } from './command-manifest.ts';
import type { PlaceOf } from './params.ts';

/** One combination of a matrix. */
export interface Cell {
  readonly id: string;
  /** Param -> its value, in the shape that the param has. */
  readonly values: Readonly<Record<string, unknown>>;
}

const MOST_CELLS = 256;

/** The cells of a step's matrix in the order of its axes, the last axis running fastest. Pure. */
export function cellsOf(
  step: PipelineStep,
  manifest: StepManifest,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<readonly Cell[]> {
  const axes = Object.entries(step.matrix ?? {});
  const refuse = (message: string, ...path: readonly (string | number)[]) =>
    err(failure('E_CONFIG_INVALID_VALUE', message, { place: place('matrix', ...path) }));
  if (axes.length === 0) return refuse(`the matrix of "${step.id}" is empty: name a param and its values`);
  const params = Object.keys(manifest.params);
  for (const [name, values] of axes) {
    if (!params.includes(name))
      return err(
        failure('E_CONFIG_UNKNOWN_KEY', `${manifest.name} has no param "${name}"${didYouMean(name, params)}`, {
          place: place('matrix', name),
        }),
      );
    if (step.with !== undefined && Object.hasOwn(step.with, name))
      return refuse(`"${step.id}" gives "${name}" in its matrix and under "with"; leave one out`, name);
    if (values.length === 0)
      return refuse(`the matrix of "${step.id}" has no value for "${name}": give one, or leave the matrix out`, name);
    const odd = values.findIndex((value) => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(textOf(value)));
    if (odd >= 0)
      return refuse(
        `the value ${shown(values[odd])} cannot be part of the name of a cell; use letters, digits, ".", "_" and "-"`,
        name,
        odd,
      );
  }
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > MOST_CELLS)
    return refuse(
      `the matrix of "${step.id}" has ${count} cells, more than ${MOST_CELLS}: split the step, or shorten an axis`,
    );
  let cells: Cell[] = [{ id: step.id, values: {} }];
  for (const [name, values] of axes) {
    const list = manifest.params[name]?.type === 'strings';
    cells = cells.flatMap((cell) =>
      values.map((value) => ({
        id: `${cell.id}-${value}`,
        values: { ...cell.values, [name]: list ? [value] : value },
      })),
    );
  }
  const seen = new Set<string>();
  for (const { id } of cells) {
    if (seen.has(id)) return refuse(`two cells of "${step.id}" would have the id "${id}"`);
    seen.add(id);
  }
  return ok(cells);
}
