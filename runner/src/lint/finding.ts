import type { ErrorCode, Failure, HealthContract, Listener, Place, SecretsPolicy, Stack } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import type { PatchOperation } from '@plumbline/formats/json-patch';

/** A part of a configuration: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a configuration. */
export interface Finding {
  /** The id of the rule, which `--fix` takes. */
  readonly rule: string;
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning';
  /** One sentence that says what is there and what should be. */
  readonly message: string;
  readonly path: Path;
  /** Whether the place is the key and not its value. */
  readonly onKey?: boolean;
  /** Where it is, if that is not in the configuration's own file. */
  readonly elsewhere?: Place;
  /** Replaces the hint of the code. */
  readonly hint?: string;
  /** Mends it: applied to the configuration, the rule finds this no more. Not there where only a person can know. */
  readonly patch?: readonly PatchOperation[];
}

/** What a rule returns: the engine adds the rule's id, code and severity. */
export type Found = Omit<Finding, 'rule' | 'code' | 'severity'> & Partial<Pick<Finding, 'code' | 'severity'>>;

/** One thing that a schema cannot say (seed 002, P19). Pure: what it needs of the world is in the subject. */
export interface Rule {
  readonly id: string;
  readonly code: ErrorCode;
  readonly severity: Finding['severity'];
  /** What must hold. */
  readonly summary: string;
  check(subject: Subject): readonly Found[];
}

/** The files of one stack. A file that cannot be read or breaks its schema is among the problems. */
export interface StackFiles {
  readonly stack?: Stack;
  readonly health?: HealthContract;
  readonly policy?: SecretsPolicy;
  readonly problems: readonly Failure[];
}

/** What of the host and of other files matters to the rules. */
export interface World {
  /** By absolute folder: those of the configuration's stacks_dir, and those that are shipped. */
  readonly stacks: ReadonlyMap<string, StackFiles>;
  /** The absolute folder of the stacks that are shipped. */
  readonly shipped: string;
  /** The user's home; empty where it is not known. */
  readonly home: string;
  /** What listens on this host now. */
  readonly listeners: readonly Listener[];
  /** Ports of this configuration's own services, which listen because they are deployed. */
  readonly own: ReadonlySet<number>;
}

/** A configuration as it was read, whether or not it fits its schema, and the world around it. */
export interface Subject {
  readonly file: string;
  readonly text: string;
  readonly document: Pick<JsonDocument, 'place'>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly world: World;
}
