import { bucketOf, type Failure, hintOf, type Place, placeText } from './failure.ts';
import type {
  Artifact,
  Bootstrap,
  HealthContract,
  Provenance,
  Report,
  SecretsPolicy,
  Stack,
  StepManifest,
} from './generated/types.ts';
import type { Paths } from './paths.ts';
import type { Ports } from './ports.ts';
import type { Result } from './result.ts';

export type Check = Report['checks'][number];
export type Operation = Report['operations'][number];
export type ServiceChange = NonNullable<Report['services']>[string];
export type Mode = Bootstrap['execution_mode'];

/** An environment with everything that its file names read and checked, its paths absolute. */
export interface Environment {
  readonly name: string;
  readonly file: string;
  /** Its file and those that it extends, nearest first. */
  readonly files: readonly string[];
  /** Where each value is written, by its JSON pointer; a variable or a flag stands in place of its file. */
  readonly origins: Readonly<Record<string, Place>>;
  readonly bootstrap: Bootstrap;
  readonly paths: Paths;
  readonly stack: Stack;
  readonly secretsPolicy: SecretsPolicy;
  readonly healthContract: HealthContract;
}

/** Documents that steps hand to each other, by the schema that they fit. */
export interface Documents {
  readonly artifact: Artifact;
  readonly provenance: Provenance;
}

/** A document and the file that it was read from. */
export interface Input<T = unknown> {
  readonly data: T;
  readonly path: string;
  readonly origin: string;
  readonly sha256: string;
}

/** What a step tells while it works: what it does now, and what it waits for until when. */
export type StepEvent =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'waiting'; readonly text: string; readonly until?: string }
  | { readonly type: 'operation'; readonly operation: Operation }
  | { readonly type: 'check'; readonly check: Check };

/** What the runner gives a step. */
export interface StepContext {
  readonly config: Environment;
  readonly inputs: Readonly<Record<string, Input | undefined>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly mode: Mode;
  readonly dryRun: boolean;
  /** Whether `--interactive yes` was given: scripts that would ask keep nothing from being deployed. */
  readonly interactive?: boolean;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly runId: string;
  /** The run's folder: the only place where outputs and evidence go. */
  readonly runDir: string;
  emit(event: StepEvent): void;
}

/** A line that was found by query. */
export interface Sample {
  readonly stream: string;
  readonly at: string;
  readonly line: string;
}

/** What a step has to say; the runner adds ids, times and hashes and writes the report. */
export interface StepOutcome {
  readonly summary: string;
  readonly checks: readonly Check[];
  readonly operations: readonly Operation[];
  /** Of an apply: what it did about each service. */
  readonly services?: Readonly<Record<string, ServiceChange>>;
  /** Output name -> document. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Output name -> bytes, for outputs whose schema is `file`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  readonly standIns: readonly string[];
  readonly proved: readonly string[];
  /** What a person should do next, in order. */
  readonly next: readonly string[];
  readonly samples: readonly Sample[];
}

/** A phase: data that other things read, and a function (design, "A step"). */
export interface Step {
  readonly manifest: StepManifest;
  run(context: StepContext): Promise<Result<StepOutcome>>;
}

/** A step.json as its type. Its content is checked against the schema by a test, not at every start. */
export function manifestOf(json: unknown): StepManifest {
  return json as StepManifest;
}

/** An outcome with the parts that are not given left empty. */
export function outcome(summary: string, parts: Partial<Omit<StepOutcome, 'summary'>> = {}): StepOutcome {
  return {
    summary,
    checks: [],
    operations: [],
    outputs: {},
    standIns: [],
    proved: [],
    next: [],
    samples: [],
    ...parts,
  };
}

/** The check of an apply that went back to the generation that was proved last. */
export const ROLLED_BACK = 'apply.rolled_back';

/** Options of `check`. */
export interface CheckParts {
  readonly id: string;
  readonly summary: string;
  readonly required?: boolean;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** A check that passed, or was skipped. */
export function passed(parts: CheckParts, verdict: 'pass' | 'skipped' = 'pass'): Check {
  return {
    id: parts.id,
    verdict,
    required: parts.required ?? true,
    summary: parts.summary,
    evidence: { ...parts.evidence },
  };
}

/** A check that did not pass; what it raises is of the taxonomy. */
export function notPassed(parts: CheckParts, verdict: 'warn' | 'fail' | 'unknown', cause: Failure): Check {
  const { code, message, evidence } = cause;
  const place = placeText(cause.place);
  return {
    id: parts.id,
    verdict,
    required: parts.required ?? true,
    summary: parts.summary,
    evidence: { ...parts.evidence, ...evidence },
    error: { code, bucket: bucketOf(code), message, hint: hintOf(cause), ...(place === '' ? {} : { place }) },
  };
}
