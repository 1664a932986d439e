import { join } from 'node:path';
import { failureExit, type Result } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { installRoot } from '../adapters/install-root.ts';
import { type Command, CommanderError } from './command-line.ts';
import { bashScript, zshScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { KINDS, type Kind, verbsOf } from './completion/words.ts';
import { environmentOf } from './environment.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure } from './output.ts';
import { steps } from './pipeline.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `completion SHELL` prints a script for a shell; `completion --words KIND` what the script then asks for, one a line. */
export async function completion(
  shell: string | undefined,
  options: CommonOptions & { readonly words?: string },
  program: Command,
): Promise<number> {
  if (options.words !== undefined) return words(options.words, options);
  const script = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1];
  if (script === undefined)
    throw new CommanderError(64, 'plumb.completion', `completion: expected one of ${Object.keys(SCRIPTS).join(', ')}`);
  print(script(verbsOf(program)));
  return 0;
}

async function words(kind: string, options: CommonOptions): Promise<number> {
  const known = KINDS.find((one) => one === kind);
  if (known === undefined)
    throw new CommanderError(64, 'plumb.words', `completion --words ${kind}: expected one of ${KINDS.join(', ')}`);
  const found = await NAMES[known](options);
  if (!found.ok) {
    printFailure(found.failure, false);
    return failureExit(found.failure.code);
  }
  if (found.value.length > 0) print(found.value.join('\n'));
  return 0;
}

/** Every name of a kind. The pipelines are those of the environment that the line names. */
const NAMES: Readonly<Record<Kind, (options: CommonOptions) => Promise<Result<readonly string[]>>>> = {
  environments: () => namesIn(join(installRoot(), 'config'), /^bootstrap\.([a-z0-9][a-z0-9_-]*)\.(?:json|ya?ml)$/),
  async pipelines({ env, config }) {
    const loaded = await environmentOf({ env, ...(config === undefined ? {} : { config }) });
    return loaded.ok ? namesIn(loaded.value.environment.paths.pipelines_dir, /^([a-z0-9][a-z0-9_-]*)\.json$/) : loaded;
  },
  steps: async () => ({ ok: true, value: Object.keys(steps) }),
};

async function namesIn(folder: string, shape: RegExp): Promise<Result<readonly string[]>> {
  const found = await files.list(folder);
  return found.ok ? { ok: true, value: found.value.flatMap((path) => shape.exec(path)?.[1] ?? []).sort() } : found;
}
