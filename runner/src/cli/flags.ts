import { type Command, CommanderError, Option } from './command-line.ts';
import type { RunOptions } from './options.ts';
import type { Given } from './pipelines.ts';

/** What every verb that works on an environment takes. */
export function withCommon(command: Command): Command {
  return command
    .addOption(
      new Option('--env <name>', 'the environment: config/bootstrap.<name>.json, .yaml or .yml')
        .env('PLUMBLINE_ENV')
        .default('demo'),
    )
    .option('--config <file>', "the environment's file, instead of --env")
    .option('--profile <name>', 'the profile of the run, where the environment has profiles')
    .option('--set <path=value>', 'set one value of the environment, as ports.loki=13100; may be repeated', collect)
    .option('--json', 'print JSON on stdout');
}

/** What every verb that runs a pipeline takes besides. */
export function withRun(command: Command): Command {
  return withCommon(command)
    .option('--dry-run', 'print what would be done, and do nothing')
    .option('--mode <mode>', "what the run may do: diagnose, repair or apply; the environment's execution_mode at most")
    .addOption(interactive())
    .option('--quiet', 'no progress, only the end')
    .addOption(
      new Option('--reporter <name>', 'how progress is shown (default: live on a terminal, else plain)').choices([
        'live',
        'plain',
        'json',
        'quiet',
      ]),
    )
    .addOption(concurrency());
}

/** --interactive yes: by no variable and no file, so that somebody has said it of this run. */
function interactive(): Option {
  return new Option(
    '--interactive <yes>',
    'run though scripts of the pipelines would ask somebody: a warning then; no command can be answered',
  ).argParser((value: string) => {
    if (value === 'yes') return value;
    throw new CommanderError(64, 'plumb.interactive', `--interactive ${value}: expected yes`);
  });
}

/** For verbs that apply: the plan that is to be carried out. */
export function withPlan(command: Command): Command {
  return command.addOption(
    new Option('--plan <sha256>', 'carry out exactly the plan that --dry-run has shown, or nothing').argParser(
      (value: string) => {
        if (/^[0-9a-f]{64}$/.test(value)) return value;
        throw new CommanderError(64, 'plumb.plan', `--plan ${value}: expected the 64 hex digits that --dry-run prints`);
      },
    ),
  );
}

/** The plan is that of the step `apply`, and not of a rollback, which is an apply too. */
export function planOf({ plan }: RunOptions): readonly Given[] {
  return plan === undefined ? [] : [{ uses: 'apply', id: 'apply', with: { plan } }];
}

/** --concurrency */
export function concurrency(): Option {
  return new Option(
    '--concurrency <n>',
    'how many steps run at once (default: the number of cores, at least 2)',
  ).argParser((value: string) => {
    if (/^[1-9]\d{0,3}$/.test(value)) return Number(value);
    throw new CommanderError(64, 'plumb.concurrency', `--concurrency ${value}: expected a whole number from 1 to 9999`);
  });
}

/** A flag that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
