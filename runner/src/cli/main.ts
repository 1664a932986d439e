import { failure, failureExit } from '@plumbline/contracts';
import { Argument, Command, CommanderError, Option } from './command-line.ts';
import { configVerbs } from './config-verbs.ts';
import { collect, concurrency, planOf, withCommon, withPlan, withRun } from './flags.ts';
import { imagesVerbs } from './images-verbs.ts';
import type { CommonOptions, PlanOptions, RunOptions } from './options.ts';
import { print, printFailure } from './output.ts';
import type { Given } from './pipelines.ts';
import { secretsVerbs } from './secrets-verbs.ts';

const OLDEST_NODE = [20, 19] as const;

/** The command line. Each verb loads what it needs when it is called: `version` and `help` load nothing else. */
async function main(argv: readonly string[]): Promise<number> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    return refuse('E_DEPS_NODE_TOO_OLD', `this is Node ${process.versions.node}`);
  }
  let exit = 0;
  const program = commands((code) => {
    exit = code;
  });
  try {
    // What every tool answers to, though it is a verb here.
    const asked = argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V') ? ['version'] : argv;
    await program.parseAsync(asked, { from: 'user' });
    return exit;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    return refuse('E_CONFIG_USAGE', thrown.message.replace(/^error: /, ''));
  }
}

function refuse(code: 'E_CONFIG_USAGE' | 'E_DEPS_NODE_TOO_OLD', message: string): number {
  printFailure(failure(code, message), process.argv.includes('--json'));
  return failureExit(code);
}

function commands(ends: (code: number) => void): Command {
  const program = new Command('plumb')
    .description('Deploys a container stack to a host and proves that it stands.')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: print })
    .helpCommand('help [verb]', 'tell about a verb')
    .showSuggestionAfterError(true);
  const verb = (usage: string, description: string) =>
    program
      .command(usage)
      .description(description)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined, writeOut: print });

  withPlan(withRun(verb('up', 'generate, apply, and prove that logs arrive; else go back to what was proved'))).action(
    async (options: RunOptions) => ends(await pipelineVerb('up', options, planOf(options))),
  );
  withPlan(
    withRun(verb('apply [path]', 'apply an artifact as it was generated (default: the deployed one), and prove it')),
  ).action(async (path: string | undefined, options: RunOptions) =>
    ends(await (await import('./artifact.ts')).apply(path, options, planOf(options))),
  );
  withRun(verb('rollback', 'go back to the generation that was proved last, and prove it again')).action(
    async (options: RunOptions) => ends(await pipelineVerb('rollback', options)),
  );
  withRun(verb('repair', 'prove what is deployed, start anew what is broken, and prove it again')).action(
    async (options: RunOptions) => ends(await pipelineVerb('repair', { mode: 'repair', ...options })),
  );
  withRun(
    verb('converge', 'deploy, prove and heal until it stands; then show that a second apply changes nothing'),
  ).action(async (options: RunOptions) => ends(await pipelineVerb('converge', options)));
  withRun(verb('verify', 'prove again what is deployed')).action(async (options: RunOptions) =>
    ends(await pipelineVerb('verify', options)),
  );
  withRun(verb('down', 'stop everything of this environment'))
    .option('--volumes', 'remove the collected data as well')
    .action(async (options: RunOptions) =>
      ends(await pipelineVerb('down', options, options.volumes ? [{ uses: 'cleanup', with: { volumes: true } }] : [])),
    );
  withRun(verb('diagnose', 'say what is wrong and what up would do; changes nothing')).action(
    async (options: RunOptions) => {
      if (options.mode !== undefined && options.mode !== 'diagnose')
        throw new CommanderError(64, 'plumb.mode', `diagnose runs in diagnose, not in ${options.mode}`);
      ends(await pipelineVerb('diagnose', { ...options, mode: 'diagnose' }));
    },
  );
  withRun(verb('run <pipeline>', 'run any pipeline of the environment')).action(
    async (name: string, options: RunOptions) => ends(await pipelineVerb(name, options)),
  );
  withCommon(verb('plan [pipeline]', 'draw what a pipeline would do, and why in that order; changes nothing'))
    .addOption(new Option('--format <format>', 'how').choices(['text', 'json', 'mermaid', 'svg']).default('text'))
    .addOption(concurrency())
    .action(async (name: string | undefined, options: PlanOptions) =>
      ends(await (await import('./plan.ts')).plan(name ?? 'up', options)),
    );
  withRun(
    verb(
      'step <name>',
      'run one step alone: preflight, generate, apply, verify, settle, promote, secrets, idempotency, autoheal or cleanup',
    ),
  )
    .option('--input <name=path>', 'take an input from a file; may be repeated', collect)
    .option('--from-run <id>', 'take the inputs from the bundle of a run')
    .option('--param <name=value>', 'set a param; lists are comma-separated; may be repeated', collect)
    .action(async (name: string, options: RunOptions) => ends(await (await import('./step.ts')).step(name, options)));
  const artifact = verb('artifact', 'an artifact: artifact.json and the files that it names').action(() =>
    artifact.help({ error: true }),
  );
  artifact
    .command('verify <path>')
    .description('whether every file is the one that it names; changes nothing')
    .option('--json', 'print JSON on stdout')
    .action(async (path: string, options: { json?: boolean }) =>
      ends(await (await import('./artifact.ts')).verify(path, options)),
    );
  withPlan(withRun(artifact.command('apply <path>').description('the same as `apply`'))).action(
    async (path: string, options: RunOptions) =>
      ends(await (await import('./artifact.ts')).apply(path, options, planOf(options))),
  );
  const list = verb('runs', 'what was run, and how it ended').action(() => list.help({ error: true }));
  for (const what of ['list', 'latest', 'show'] as const) {
    const about = {
      list: 'every run, newest first',
      latest: 'the newest run',
      show: 'how a run ended, the newest unless an id is given',
    }[what];
    withCommon(list.command(what === 'show' ? 'show [id]' : what).description(about)).action(
      async (...args: unknown[]) => {
        const [id, options] = what === 'show' ? [args[0] as string | undefined, args[1]] : [undefined, args[0]];
        ends(await (await import('./runs.ts')).runs(what, id, options as CommonOptions));
      },
    );
  }
  secretsVerbs(program, async (name, options, given) => ends(await pipelineVerb(name, options, given)));
  configVerbs(program, ends);
  imagesVerbs(program, ends);
  withCommon(verb('doctor', 'what this machine has, and what is missing for which engine; changes nothing')).action(
    async (options: CommonOptions) => ends(await (await import('./doctor.ts')).doctor(options)),
  );
  verb('init [path]', 'put an environment, its pipelines and its stack into a folder of your own (default: this one)')
    .option('--force', 'overwrite files that are there')
    .option('--json', 'print JSON on stdout')
    .action(async (path: string | undefined, options: { force?: boolean; json?: boolean }) =>
      ends(await (await import('./init.ts')).init(path ?? '.', options)),
    );
  verb('completion', 'print a script that completes verbs, flags and names')
    .addArgument(new Argument('[shell]', 'for which shell').choices(['bash', 'zsh', 'fish']))
    .addOption(new Option('--words <kind>', 'what the script asks for').hideHelp())
    .addOption(new Option('--env <name>').env('PLUMBLINE_ENV').default('demo').hideHelp())
    .addOption(new Option('--config <file>').hideHelp())
    .action(async (shell: string | undefined, options: { words?: string; env: string; config?: string }) =>
      ends(await (await import('./completion.ts')).completion(shell, options, program)),
    );
  verb('test [filter...]', 'run the checks and tests of this checkout').action(() => {
    // The launcher takes this verb before it gets here, so that a broken source can still be tested.
    throw new CommanderError(64, 'plumb.test', '`test` is a verb of the launcher: run `./plumb test`');
  });
  verb('version', 'print the version')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { buildId, version } = await import('./version.ts');
      print(
        options.json
          ? JSON.stringify({ version: version(), build: buildId(), node: process.version })
          : `plumb ${version()} (build ${buildId()}, node ${process.version})`,
      );
    });
  return program;
}

async function pipelineVerb(name: string, options: RunOptions, given: readonly Given[] = []): Promise<number> {
  const [{ pipelineGraph }, { runVerb }] = await Promise.all([import('./pipelines.ts'), import('./run-verb.ts')]);
  return runVerb({ pipeline: name, graphOf: pipelineGraph(name, given) }, options);
}

// A reader that goes away (`| head`, a closed terminal) must not end a deployment half way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Thrown where nobody waits for it: nothing that this process still does can be relied on.
process.once('uncaughtException', (thrown) => {
  crashed(thrown);
  process.exit();
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
    endSoon();
  },
  (thrown: unknown) => {
    crashed(thrown);
    endSoon();
  },
);

/** A bug is told as every failure is: Node's own words about it would be a stack trace, and around the scrubber. */
function crashed(thrown: unknown): void {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  printFailure(failure('E_RUNTIME_UNEXPECTED', message), process.argv.includes('--json'));
  process.exitCode = 2;
}

/** A step that did not stop when it was told to may still hold a socket or a timer: all is said, so it is not waited for. */
function endSoon(): void {
  const timer = setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
  }, 500);
  timer.unref();
}
