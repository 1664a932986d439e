import { executionModes } from '@plumbline/contracts';
import type { Command, Option } from '../command-line.ts';

/** What only the program knows when it is asked: `completion --words <kind>`. */
export const KINDS = ['environments', 'pipelines', 'steps'] as const;
export type Kind = (typeof KINDS)[number];

/** What may stand in a place: fixed words, words to ask for, a file, or what nobody can guess. */
export type Place =
  | { readonly from: 'words'; readonly words: readonly string[] }
  | { readonly from: 'program'; readonly kind: Kind }
  | { readonly from: 'files' }
  | { readonly from: 'nowhere' };

export interface Flag {
  readonly name: string;
  readonly about: string;
  /** Where it takes a value. */
  readonly value?: Place;
}

/** A verb, or a verb of a verb: `runs show`. The program itself has the empty path. */
export interface Verb {
  readonly path: string;
  readonly verbs: readonly { readonly name: string; readonly about: string }[];
  readonly flags: readonly Flag[];
  readonly argument: Place;
}

const nowhere: Place = { from: 'nowhere' };
const files: Place = { from: 'files' };
const VALUES: Readonly<Record<string, Place>> = {
  '--env': { from: 'program', kind: 'environments' },
  '--config': files,
  '--input': files,
  '--mode': { from: 'words', words: executionModes.order },
};
const ARGUMENTS: Readonly<Record<string, Place>> = {
  pipeline: { from: 'program', kind: 'pipelines' },
  name: { from: 'program', kind: 'steps' },
  path: files,
};

/** Every verb of a command line with what may follow it. Pure. */
export function verbsOf(command: Command, path = '', beside: readonly string[] = []): readonly Verb[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const flags = help.visibleOptions(command).flatMap((option) => flagsOf(option));
  const verbs = below.map((one) => ({ name: one.name(), about: one.description() }));
  const own: Verb = { path, verbs, flags, argument: argumentOf(command, beside) };
  const names = below.map((one) => one.name());
  return [own, ...below.flatMap((one) => verbsOf(one, path === '' ? one.name() : `${path} ${one.name()}`, names))];
}

function flagsOf(option: Option): readonly Flag[] {
  const { long, short, description: about, required, argChoices } = option;
  const names = [short, long].filter((name) => name !== undefined && name !== null);
  if (!required) return names.map((name) => ({ name, about }));
  const value = argChoices === undefined ? VALUES[long ?? ''] : ({ from: 'words', words: argChoices } as const);
  return names.map((name) => ({ name, about, value: value ?? nowhere }));
}

function argumentOf(command: Command, beside: readonly string[]): Place {
  const [first] = command.registeredArguments;
  if (first === undefined) return nowhere;
  if (first.argChoices !== undefined) return { from: 'words', words: first.argChoices };
  if (first.name() === 'verb') return { from: 'words', words: beside };
  return ARGUMENTS[first.name()] ?? nowhere;
}

/** The flags that take a value, each once: a flag means the same with every verb. */
export function valuesOf(verbs: readonly Verb[]): ReadonlyMap<string, Place> {
  return new Map(
    verbs.flatMap(({ flags }) =>
      flags.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
    ),
  );
}
