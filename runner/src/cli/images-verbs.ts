import type { Command } from './command-line.ts';
import { withCommon } from './flags.ts';
import type { LockOptions } from './images.ts';
import type { CommonOptions } from './options.ts';

type Ends = (code: number) => void;

/** The verbs about the images of an environment: which they are, and how they come to a host without a registry. */
export function imagesVerbs(program: Command, ends: Ends): void {
  const images = program.command('images').description('the images of an environment: lock, export and import them');
  images.action(() => images.help({ error: true }));
  withCommon(images.command('lock').description('write into images.lock.json which image each pin stands for'))
    .option('--check', 'write nothing; exit 2 where the lock is not true')
    .action(async (options: LockOptions) => ends(await (await import('./images.ts')).imagesLock(options)));
  withCommon(
    images.command('export <file>').description('the locked images as one archive, for a host without a registry'),
  ).action(async (file: string, options: CommonOptions) =>
    ends(await (await import('./images.ts')).imagesExport(file, options)),
  );
  withCommon(
    images.command('import <file>').description('load such an archive, where it is whole and holds what is locked'),
  ).action(async (file: string, options: CommonOptions) =>
    ends(await (await import('./images.ts')).imagesImport(file, options)),
  );
}
