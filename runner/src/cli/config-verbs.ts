import type { Command } from './command-line.ts';
import type { ShowOptions } from './config-show.ts';
import { withCommon } from './flags.ts';

type Ends = (code: number) => void;

/** The verbs that read and mend configurations. */
export function configVerbs(program: Command, ends: Ends): void {
  const config = program.command('config').description('read, check and mend the configuration of an environment');
  config.action(() => config.help({ error: true }));
  showVerb(config, ends);
}

function showVerb(config: Command, ends: Ends): void {
  withCommon(
    config.command('show').description('what an environment comes to: files, variables and flags put together'),
  )
    .option('--origin', 'say of every value where it comes from')
    .action(async (options: ShowOptions) => ends(await (await import('./config-show.ts')).configShow(options)));
}
