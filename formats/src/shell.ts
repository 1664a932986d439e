import { err, failure, ok, type Result } from '@plumbline/contracts';
import {
  type Command,
  type Function as Definition,
  forEachChild,
  parse,
  type Redirection,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash';
import { promptOf } from './shell/prompting.ts';
import { type ShellWord, type Started, startedBy } from './shell/unwrap.ts';

/** A command of a script that would wait for a person. Line and column count from 1. */
export interface Prompt {
  readonly what: string;
  readonly line: number;
  readonly column: number;
}

const TERMINAL = '/dev/tty';
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ksh', 'zsh']);

/**
 * The commands of a shell script that would wait for a person (seed 002, P17): `read` and its like from a standard input
 * that the script does not give them, `select`, a terminal, and programs that ask unless an option answers. The script is
 * parsed: what stands in a string, a comment or a here-document is no command. A function reads from where it is called.
 * E_CONFIG_PARSE where it is no shell.
 */
export function findPrompts(source: string, file: string): Result<readonly Prompt[]> {
  const script = parse(source);
  const wrong = script.errors?.[0];
  if (wrong !== undefined) {
    const message = `this is no shell script: ${wrong.message}`;
    return err(failure('E_CONFIG_PARSE', message, { place: { file, ...position(source, wrong.pos) } }));
  }
  const found = new Map<number, string>();
  look(script, false, (node, what) => found.set(node.pos, found.get(node.pos) ?? what));
  const inOrder = [...found].sort(([a], [b]) => a - b);
  return ok(inOrder.map(([pos, what]) => ({ what, ...position(source, pos) })));
}

type Report = (node: SyntaxNode, what: string) => void;

/** What is known of a script while it is looked through. */
interface Looked {
  readonly functions: ReadonlyMap<string, Definition>;
  /** Functions that were looked at, with and without something to read. */
  readonly called: Set<string>;
  readonly report: Report;
}

/** `fed`: whether the script is itself given something to read. */
function look(script: SyntaxNode, fed: boolean, report: Report): void {
  const functions = new Map<string, Definition>();
  collect(script, functions);
  const looked: Looked = { functions, called: new Set(), report };
  visit(script, fed, looked);
  // One that is not called here is called by who sources this file.
  for (const name of functions.keys()) if (!looked.called.has(name)) call(name, fed, looked);
}

function collect(node: SyntaxNode, functions: Map<string, Definition>): void {
  if (node.type === 'Function') functions.set(node.name.value, node);
  forEachChild(node, (child) => collect(child, functions));
}

function call(name: string, fed: boolean, looked: Looked): void {
  const body = looked.functions.get(name)?.body;
  if (body === undefined || looked.called.has(`${name} ${fed}`)) return;
  looked.called.add(name).add(`${name} ${fed}`);
  visit(body, fed, looked);
}

function visit(node: SyntaxNode, fed: boolean, looked: Looked): void {
  const { report } = looked;
  switch (node.type) {
    case 'Function':
      return;
    case 'Pipeline':
      for (const [n, command] of node.commands.entries()) visit(command, fed || n > 0, looked);
      return;
    case 'Redirected':
      for (const redirect of node.redirects) visit(redirect, fed, looked);
      if (fromTerminal(node.redirects)) report(node, `reads from ${TERMINAL}`);
      else visit(node.command, fed || feeds(node.redirects), looked);
      return;
    case 'Command':
      if (fromTerminal(node.redirects)) report(node, `reads from ${TERMINAL}`);
      else judge(node, fed || feeds(node.redirects), looked);
      break;
    case 'Select':
      if (!fed) report(node, 'select');
      break;
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      if (node.script !== undefined) visit(node.script, fed, looked);
      return;
  }
  forEachChild(node, (child) => visit(child, fed, looked));
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

function judge(node: Command, fed: boolean, looked: Looked): void {
  const words = node.name === undefined ? [] : [wordOf(node.name), ...node.args.map(wordOf)];
  for (const started of startedBy(words, fed)) {
    call(started.program, started.fed, looked);
    const inner = innerScript(started);
    if (inner !== undefined)
      look(parse(inner.text), started.fed, (_, what) => looked.report(node, `${inner.of}: ${what}`));
    const what = looked.functions.has(started.program) || inner !== undefined ? undefined : promptOf(started);
    if (what !== undefined) looked.report(node, what);
  }
}

/** A script that is an argument: of `bash -c`, `eval` and `trap`. */
function innerScript({ program, args }: Started): { readonly text: string; readonly of: string } | undefined {
  const texts = args.map(({ text }) => text);
  if (program === 'eval') return { text: texts.join(' '), of: program };
  if (program === 'trap') return texts[0] === undefined ? undefined : { text: texts[0], of: program };
  const flag = shells.has(program) ? texts.findIndex((arg) => /^-\w*c$/.test(arg)) : -1;
  return flag === -1 ? undefined : { text: texts[flag + 1] ?? '', of: `${program} -c` };
}

function wordOf(argument: Command['args'][number]): ShellWord {
  if (argument.type !== 'Word') return { text: argument.text, open: false };
  return { text: argument.value, open: isOpen(argument.parts) };
}

/** A variable may hold options where its name says so, or where it is a list; `$HOST` is taken for one word. */
function isOpen(parts: Word['parts'], quoted = false): boolean {
  return (parts ?? []).some((part: WordPart) => {
    if (part.type === 'DoubleQuoted') return isOpen(part.parts, true);
    if (part.type !== 'SimpleExpansion' && part.type !== 'ParameterExpansion') return false;
    return /^\$\{?[@*]|\[[@*]\]/.test(part.text) || (!quoted && /opt|arg|flag/i.test(part.text));
  });
}

function position(source: string, offset: number): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
