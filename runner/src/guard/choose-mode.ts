import { err, executionModes, failure, type Mode, ok, type Result, type StepManifest } from '@plumbline/contracts';

/** What a run was asked for, and what there is to run. */
export interface ModeRequest {
  /** --mode; without it the environment's own. */
  readonly asked: string | undefined;
  /** The environment's execution_mode. */
  readonly ceiling: Mode;
  readonly manifests: readonly Pick<StepManifest, 'name' | 'modes'>[];
}

/** The mode of a run. More than the environment allows is refused, and so is a mode in which no step of it may run. Pure. */
export function chooseMode({ asked, ceiling, manifests }: ModeRequest): Result<Mode> {
  const order: readonly string[] = executionModes.order;
  if (asked !== undefined && !order.includes(asked))
    return err(failure('E_CONFIG_USAGE', `--mode ${asked}: there is ${order.join(', ')}`));
  const mode = (asked ?? ceiling) as Mode;
  if (order.indexOf(mode) > order.indexOf(ceiling)) {
    return err(
      failure('E_ENV_MODE_VIOLATION', `${mode} was asked for, and the environment allows ${ceiling} at most`, {
        hint: `run it with \`--mode ${ceiling}\`, or raise \`execution_mode\` in the environment's file`,
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
