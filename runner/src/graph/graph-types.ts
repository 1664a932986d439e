import type { StepManifest } from '@plumbline/contracts';

/** Where a step's input comes from: a step of this pipeline, or outside it. */
export type Binding =
  | { readonly from: 'step'; readonly step: string; readonly output: string }
  | { readonly from: 'outside' };

/** A program that a step is, in place of a function. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Names of variables that it gets besides the few that every command gets. */
  readonly env: readonly string[];
}

/** One step of a pipeline, or one cell of its matrix, with everything that it waits for. */
export interface GraphNode {
  readonly id: string;
  /** The step's name; `run` for a command. */
  readonly uses: string;
  readonly manifest: StepManifest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Ids of the steps that must end first. */
  readonly waitsFor: readonly string[];
  /** Ids of steps that it does again: where it succeeds, their failure is mended. */
  readonly supersedes?: readonly string[];
  readonly when: 'success' | 'failure' | 'always';
  /** Of `when: failure`: it runs after a first Ctrl-C too. */
  readonly cleansUp?: boolean;
  readonly retries: number;
  /** Seconds before the second attempt; doubles with each one. */
  readonly backoffS?: number;
  readonly timeoutS: number;
  readonly command?: Command;
  /** Of a cell: the step whose matrix made it. */
  readonly cellOf?: string;
  /** Of a step with a matrix: its cells. It does nothing itself but merge what they said. */
  readonly cells?: readonly string[];
  /** Output -> its file in the run's folder, where it is not the one that the manifest names. */
  readonly files?: Readonly<Record<string, string>>;
}

export type FailurePolicy = 'no-new' | 'continue' | 'kill';

/** A pipeline's steps in an order in which each comes after those that it waits for. */
export interface Graph {
  readonly pipeline: string;
  readonly nodes: readonly GraphNode[];
  /** What a step that did not succeed means for those that do not need it. Default: continue. */
  readonly onFailure?: FailurePolicy;
}

/** The output that every step has: its report. */
export const REPORT = 'report';

/** The schema of bytes that nobody checks. */
export const ANY_FILE = 'file';

/** The file that a step writes an output to, in the run's folder. */
export function fileOf(node: GraphNode, output: { readonly name: string; readonly file: string }): string {
  return node.files?.[output.name] ?? output.file;
}
