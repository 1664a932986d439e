import type { Command } from './command-line.ts';
import type { LintOptions } from './config-lint.ts';
import type { MigrateOptions } from './config-migrate.ts';
import type { ShowOptions } from './config-show.ts';
import { withCommon } from './flags.ts';

type Ends = (code: number) => void;

/** The verbs that read and mend configurations. */
export function configVerbs(program: Command, ends: Ends): void {
  const config = program.command('config').description('read, check and mend the configuration of an environment');
  config.action(() => config.help({ error: true }));
  lintVerb(config, ends);
  migrateVerb(config, ends);
  showVerb(config, ends);
}

function lintVerb(config: Command, ends: Ends): void {
  withCommon(config.command('lint [path]').description('all that is wrong with a configuration, each with its patch'))
    .option('--fix <rules...>', 'apply the patches of these rules to the file; `all` is every rule')
    .action(async (path: string | undefined, options: LintOptions) =>
      ends(await (await import('./config-lint.ts')).configLint(path, options)),
    );
}

function migrateVerb(config: Command, ends: Ends): void {
  config
    .command('migrate <path>')
    .description('bring a configuration of an older schema version to that of today, and keep the old one beside it')
    .option('--dry-run', 'print what would change as a unified diff, and change nothing')
    .option('--json', 'print JSON on stdout')
    .action(async (path: string, options: MigrateOptions) =>
      ends(await (await import('./config-migrate.ts')).configMigrate(path, options)),
    );
}

function showVerb(config: Command, ends: Ends): void {
  withCommon(
    config.command('show').description('what an environment comes to: files, variables and flags put together'),
  )
    .option('--origin', 'say of every value where it comes from')
    .action(async (options: ShowOptions) => ends(await (await import('./config-show.ts')).configShow(options)));
}
