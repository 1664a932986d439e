import { err, failure, ok, type Result } from '@plumbline/contracts';
import { type Command, forEachChild, parse, type Redirection, type SyntaxNode } from 'unbash';

/** A command of a script that would wait for a person. Line and column count from 1. */
export interface Prompt {
  readonly what: string;
  readonly line: number;
  readonly column: number;
}

const TERMINAL = '/dev/tty';
const readers: ReadonlySet<string> = new Set(['read', 'mapfile', 'readarray']);
const dialogs: ReadonlySet<string> = new Set(['dialog', 'whiptail', 'passwd']);
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ksh']);
const prefixes: ReadonlySet<string> = new Set(['builtin', 'command', 'exec', 'env', 'sudo', 'nohup', 'time']);

/**
 * The commands of a shell script that would wait for a person (seed 002, P17): `read` and its like from a standard input
 * that the script does not give them, `select`, a terminal, dialogs, and apt without an answer. The script is parsed: what
 * stands in a string, a comment or a here-document is no command. E_CONFIG_PARSE where it is no shell.
 */
export function findPrompts(source: string, file: string): Result<readonly Prompt[]> {
  const script = parse(source);
  const wrong = script.errors?.[0];
  if (wrong !== undefined) {
    const message = `this is no shell script: ${wrong.message}`;
    return err(failure('E_CONFIG_PARSE', message, { place: { file, ...position(source, wrong.pos) } }));
  }
  const found: Prompt[] = [];
  visit(script, false, (node, what) => found.push({ what, ...position(source, node.pos) }));
  return ok(found);
}

type Report = (node: SyntaxNode, what: string) => void;

/** `fed`: whether the script itself gives standard input to what is visited. */
function visit(node: SyntaxNode, fed: boolean, report: Report): void {
  switch (node.type) {
    case 'Pipeline':
      for (const [n, command] of node.commands.entries()) visit(command, fed || n > 0, report);
      return;
    case 'Redirected':
      for (const redirect of node.redirects) visit(redirect, fed, report);
      if (fromTerminal(node.redirects)) report(node, `reads from ${TERMINAL}`);
      else visit(node.command, fed || feeds(node.redirects), report);
      return;
    case 'Command':
      if (fromTerminal(node.redirects)) report(node, `reads from ${TERMINAL}`);
      else judge(node, fed || feeds(node.redirects), report);
      break;
    case 'Select':
      if (!fed) report(node, 'select');
      break;
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      if (node.script !== undefined) visit(node.script, fed, report);
      return;
  }
  forEachChild(node, (child) => visit(child, fed, report));
}

function feeds(redirects: readonly Redirection[]): boolean {
  return redirects.some((redirect) => {
    const to = redirect.descriptor;
    const standardInput = to === undefined || (to.type === 'FileDescriptor' && to.value === 0);
    return standardInput && ['<', '<>', '<&', '<<', '<<-', '<<<'].includes(redirect.operator);
  });
}

function fromTerminal(redirects: readonly Redirection[]): boolean {
  return redirects.some((r) => r.operator === '<' && r.type === 'Redirect' && r.target?.value === TERMINAL);
}

function judge(node: Command, fed: boolean, report: Report): void {
  const words = node.name === undefined ? [] : [node.name.value, ...node.args.map(textOf)];
  while (words.length > 1 && prefixes.has(words[0] as string)) words.shift();
  const [name = '', ...args] = words;
  const program = name.split('/').at(-1) as string;
  if (readers.has(program)) {
    // `-u 3` reads from a descriptor that the script itself has opened.
    if (!fed && !args.some((arg) => /^-\w*u/.test(arg))) report(node, args.some(asks) ? `${program} -p` : program);
  } else if (dialogs.has(program)) report(node, program);
  else if (/^apt(-get)?$/.test(program)) {
    const changes = args.some((arg) =>
      /^(install|remove|purge|upgrade|dist-upgrade|full-upgrade|autoremove)$/.test(arg),
    );
    if (changes && !args.some((arg) => /^(-\w*y\w*|--yes|--assume-yes|-qq)$/.test(arg)))
      report(node, `${program} without -y`);
  } else if (shells.has(program)) {
    const inner = args[args.findIndex((arg) => /^-\w*c$/.test(arg)) + 1];
    if (inner !== undefined && args.some((arg) => /^-\w*c$/.test(arg)))
      visit(parse(inner), fed, (_, what) => report(node, `${program} -c: ${what}`));
  }
}

const asks = (arg: string): boolean => /^-\w*p/.test(arg);

function textOf(argument: Command['args'][number]): string {
  return argument.type === 'Word' ? argument.value : argument.text;
}

function position(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
