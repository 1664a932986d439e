import { err, executionModes, failure, type Mode, ok, type Result, type StepManifest } from '@plumbline/contracts';

/** What a run was asked for, and what there is to run. */
export interface ModeRequest {
  /** --mode; without it the environment's own. */
  readonly asked: string | undefined;
  /** The environment's execution_mode. */
  readonly ceiling: Mode;
  /** PLUMBLINE_MODE: lowers the ceiling, and never raises it. A step of a run hands its run's mode on by it. */
  readonly variable?: string | undefined;
  readonly manifests: readonly Pick<StepManifest, 'name' | 'modes'>[];
}

/** The mode of a run. More than the environment allows is refused, and so is a mode in which no step of it may run. Pure. */
export function chooseMode({ asked, ceiling: own, variable, manifests }: ModeRequest): Result<Mode> {
  const order: readonly string[] = executionModes.order;
  for (const [name, value] of [
    ['--mode ', asked],
    ['PLUMBLINE_MODE=', variable],
  ] as const)
    if (value !== undefined && !order.includes(value))
      return err(failure('E_CONFIG_USAGE', `${name}${value}: there is ${order.join(', ')}`));
  const lowered = variable !== undefined && order.indexOf(variable) < order.indexOf(own);
  const ceiling = lowered ? (variable as Mode) : own;
  const mode = (asked ?? ceiling) as Mode;
  if (order.indexOf(mode) > order.indexOf(ceiling)) {
    const [who, raise] = lowered
      ? ['PLUMBLINE_MODE', 'unset PLUMBLINE_MODE']
      : ['the environment', "raise `execution_mode` in the environment's file"];
    return err(
      failure('E_ENV_MODE_VIOLATION', `${mode} was asked for, and ${who} allows ${ceiling} at most`, {
        hint: `run it with \`--mode ${ceiling}\`, or ${raise}`,
        evidence: { asked: mode, ceiling },
      }),
    );
  }
  if (manifests.length > 0 && !manifests.some((manifest) => manifest.modes.includes(mode))) {
    const allowed = order.filter((other) => manifests.some((manifest) => manifest.modes.includes(other as Mode)));
    const names = [...new Set(manifests.map((manifest) => manifest.name))].join(', ');
    return err(
      failure('E_ENV_MODE_VIOLATION', `nothing of this runs in ${mode}: ${names}`, {
        hint: `run it with \`--mode ${allowed.at(-1)}\``,
        evidence: { asked: mode, ceiling },
      }),
    );
  }
  return ok(mode);
}
