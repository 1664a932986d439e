/** A word of a command, as far as it can be known before the script runs. */
export interface ShellWord {
  /** Without its quotes; what is expanded stands as it is written. */
  readonly text: string;
  /** Whether it may become any number of words, options among them: `$OPTIONS`, `"${options[@]}"`. */
  readonly open: boolean;
}

/** A program that starts another: which of its options take a value, and how many words stand before the other. */
interface Prefix {
  readonly valued?: RegExp;
  readonly words?: number;
  /** Whether what it starts reads from somewhere else than a person. */
  readonly feeds?: boolean;
}

const prefixes: Readonly<Record<string, Prefix>> = {
  builtin: {},
  chroot: { words: 1 },
  command: {},
  doas: { valued: /^-[uC]$/ },
  env: { valued: /^-[uCS]$/ },
  exec: { valued: /^-a$/ },
  flock: { valued: /^-[wE]$/, words: 1 },
  ionice: { valued: /^-[cn]$/ },
  nice: { valued: /^-n$/ },
  nohup: {},
  setsid: {},
  stdbuf: { valued: /^-[ioe]$/ },
  sudo: { valued: /^-[ughpCrtTUDR]$/ },
  time: { valued: /^-[fo]$/ },
  timeout: { valued: /^-[sk]$/, words: 1 },
  xargs: { valued: /^-[InPLdasE]$/, feeds: true },
};

/** One program of a command line: `sudo -n timeout 5 ssh host` is three of them, each with what stands behind it. */
export interface Started {
  readonly program: string;
  readonly args: readonly ShellWord[];
  readonly fed: boolean;
}

/** The programs that a command line starts, outermost first. Pure. */
export function startedBy(words: readonly ShellWord[], fed: boolean): readonly Started[] {
  const [name, ...args] = words;
  if (name === undefined) return [];
  const program = name.text.split('/').at(-1) as string;
  const started = { program, args, fed };
  const prefix = Object.hasOwn(prefixes, program) ? prefixes[program] : undefined;
  // `command -v x` starts nothing, and `sudo -l` neither.
  if (prefix === undefined || (program === 'command' && /^-[vV]/.test(args[0]?.text ?? ''))) return [started];
  return [
    { ...started, args: optionsOf(args, prefix) },
    ...startedBy(behind(args, prefix), fed || prefix.feeds === true),
  ];
}

function optionsOf(args: readonly ShellWord[], prefix: Prefix): readonly ShellWord[] {
  return args.slice(0, args.length - behind(args, prefix).length);
}

function behind(args: readonly ShellWord[], { valued, words = 0 }: Prefix): readonly ShellWord[] {
  let at = 0;
  for (let word = args[at]; word !== undefined; word = args[at]) {
    if (word.text === '--') {
      at += 1;
      break;
    }
    if (word.text.startsWith('-') && word.text !== '-') at += valued?.test(word.text) === true ? 2 : 1;
    else if (/^\w+=/.test(word.text) || word.open) at += 1;
    else break;
  }
  return args.slice(at + words);
}
