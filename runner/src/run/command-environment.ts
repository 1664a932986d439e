import type { Mode } from '@plumbline/contracts';
import { variable } from '../graph/command-manifest.ts';
import type { GraphNode } from '../graph/graph-types.ts';

/** What a command is told by its environment besides what the user lets through. */
export interface CommandFacts {
  readonly runDir: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly report: string;
  /** Input or output -> absolute path. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

const ALWAYS = ['PATH', 'HOME', 'LANG', 'TZ'];

/** All of a command's environment: the process contract of the design ("A step"). Pure. */
export function commandEnvironment(
  node: GraphNode,
  facts: CommandFacts,
  host: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const passed = [...ALWAYS, ...(node.command?.env ?? [])].flatMap((name) => {
    const value = host[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const named = (kind: string, values: Readonly<Record<string, unknown>>) =>
    Object.entries(values).map(([name, value]) => [`PLUMBLINE_${kind}_${variable(name)}`, String(value)] as const);
  return Object.fromEntries([
    ...passed,
    ['PLUMBLINE_RUN_DIR', facts.runDir],
    ['PLUMBLINE_RUN_ID', facts.runId],
    ['PLUMBLINE_STEP', node.id],
    ['PLUMBLINE_MODE', facts.mode],
    ['PLUMBLINE_REPORT', facts.report],
    ...named('INPUT', facts.inputs),
    ...named('OUTPUT', facts.outputs),
    ...named('PARAM', node.params),
  ]);
}
