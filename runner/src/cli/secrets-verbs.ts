import { type Command, CommanderError } from './command-line.ts';
import { withPlan, withRun } from './flags.ts';
import type { RunOptions } from './options.ts';
import type { Given } from './pipelines.ts';

type RunPipeline = (name: string, options: RunOptions, given?: readonly Given[]) => Promise<void>;

/** The verbs on the secrets of an environment. Each runs a pipeline. */
export function secretsVerbs(program: Command, run: RunPipeline): void {
  const secrets = program.command('secrets').description('the secrets of the stack on this host; never shows one');
  secrets.action(() => secrets.help({ error: true }));
  withRun(
    secrets.command('generate').description('make the secrets that the policy asks for and that are missing'),
  ).action((options: RunOptions) => run('secrets', options));
  withRun(
    secrets
      .command('verify')
      .description('mode, owner and content of each secret, and whether one is missing; changes nothing'),
  ).action((options: RunOptions) => {
    if (options.mode !== undefined && options.mode !== 'diagnose')
      throw new CommanderError(64, 'plumb.mode', `secrets verify runs in diagnose, not in ${options.mode}`);
    return run('secrets', { ...options, mode: 'diagnose' });
  });
  withPlan(
    withRun(
      secrets
        .command('rotate [secret]')
        .description(
          'make secrets anew (SERVICE, SERVICE/NAME; default: all), replace who reads them, and prove the stack',
        ),
    ),
  ).action((secret: string | undefined, { plan, ...options }: RunOptions) => {
    const given = { ...(secret === undefined ? {} : { rotate: secret }), ...(plan === undefined ? {} : { plan }) };
    const asked = secret === undefined ? options : { ...options, argument: secret };
    return run('rotate', asked, Object.keys(given).length === 0 ? [] : [{ uses: 'apply', id: 'apply', with: given }]);
  });
}
