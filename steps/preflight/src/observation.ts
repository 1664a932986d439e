import type {
  Access,
  CheckedSecret,
  DesiredState,
  Failure,
  ImageIdentity,
  ImagesLock,
  Listener,
  LockState,
  Mode,
  Publisher,
  Result,
  RunningService,
  RuntimeFacts,
} from '@plumbline/contracts';
import type { Prompt } from '@plumbline/formats/shell';
import type { Source } from '@plumbline/formats/source';

/** A named path, and what is there. */
export interface ObservedPath {
  readonly name: string;
  readonly path: string;
  /** What it must be there for; what need not be there is made by the run. */
  readonly need: 'read' | 'write';
  /** undefined where nothing is there. */
  readonly found: Result<Access | undefined>;
  /** In words what stands in the way of a directory that is read. */
  readonly blocked?: Result<string | undefined>;
  /** The nearest directory above that exists, where nothing is there. */
  readonly above?: { readonly path: string; readonly found: Result<Access | undefined> };
}

/** Files of the deployed stores that are not those that the generation names. */
export interface Stores {
  readonly generation: string;
  readonly files: number;
  readonly changed: readonly string[];
}

/** The desired state of the last run that was green. */
export interface Previous {
  readonly runId: string;
  readonly state: DesiredState;
}

/** A canonical path that has no file behind its name, and what is there instead. */
export interface NoFile {
  readonly path: string;
  /** The same, from the root of the file system. */
  readonly file: string;
  readonly found: string;
}

/** The canonical files as they are. */
export interface Desired {
  readonly state: DesiredState;
  readonly missing: readonly NoFile[];
}

/** A pipeline file of the environment. */
export interface ObservedPipeline {
  /** As `./plumb run` names it. */
  readonly name: string;
  readonly file: string;
  readonly source: Result<Source>;
}

/** A script of a pipeline, and what of it would wait for a person. */
export interface ObservedScript {
  readonly file: string;
  readonly prompts: Result<readonly Prompt[]>;
}

/** Whether a failure says that a file could not be looked at, and so nothing of the file. */
export function isUnlooked({ code }: Failure): boolean {
  return code === 'E_ENV_UNREADABLE';
}

/** Everything that preflight looks at. What could not be looked at is a failure, and its check unknown. */
export interface Observation {
  readonly runId: string;
  readonly mode: Mode;
  /** Whether `--interactive yes` was given. */
  readonly interactive: boolean;
  readonly engine: string;
  /** The user that this process runs as. */
  readonly uid: number;
  readonly lock: Result<LockState>;
  readonly lockFile: string;
  readonly paths: readonly ObservedPath[];
  /** undefined: the engine has no daemon. */
  readonly daemon: Result<string> | undefined;
  /** undefined: the engine has no daemon. */
  readonly runtime: RuntimeFacts | undefined;
  readonly tools: readonly { readonly tool: string; readonly found: Result<string | undefined> }[];
  readonly listeners: Result<readonly Listener[]>;
  /** Who publishes ports on the engine; undefined where it has no such thing. */
  readonly publishers: Result<readonly Publisher[]> | undefined;
  readonly running: Result<readonly RunningService[]>;
  /** undefined: the engine needs no images. */
  readonly images:
    | readonly { readonly image: string; readonly where: Result<'here' | 'pullable' | 'missing'> }[]
    | undefined;
  /** What the images are that are here; undefined: the engine needs none. */
  readonly identities:
    | readonly { readonly image: string; readonly found: Result<ImageIdentity | undefined> }[]
    | undefined;
  /** undefined: there is no images.lock.json. */
  readonly imagesLock: Result<ImagesLock | undefined>;
  readonly imagesLockFile: string;
  readonly pipelines: Result<readonly ObservedPipeline[]>;
  readonly desired: Result<Desired>;
  readonly previous: Result<Previous | undefined>;
  /** undefined: nothing is deployed. */
  readonly stores: Result<Stores | undefined>;
  readonly secrets: Result<readonly CheckedSecret[]>;
  /** undefined: not asked for. */
  readonly firewall: Result<'active' | 'inactive' | 'absent'> | undefined;
  readonly journal: Result<'persistent' | 'volatile'> | undefined;
  readonly scripts: Result<readonly ObservedScript[]>;
  readonly freeBytes: Result<number>;
  readonly availableMemory: Result<number>;
  /** Bytes that must be free. */
  readonly minFree: number;
}
