import type { Access, Listener, Result } from '@plumbline/contracts';

/** What a program said of itself: its answer, or why there is none. `absent`: it is not on the PATH. */
export type Said =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unseen'; readonly why: string };

/** A directory that is to be written, or the nearest above it that exists. */
export interface Place {
  readonly name: string;
  readonly path: string;
  readonly nearest: string;
  readonly access: Result<Access | undefined>;
}

/** What the doctor saw of this machine, for one environment. */
export interface Seen {
  readonly node: string;
  readonly npm: Said;
  readonly flock: Said;
  readonly git: Said;
  readonly docker: { readonly cli: Said; readonly daemon: Said; readonly compose: Said };
  readonly freeBytes: Result<number>;
  readonly availableMemory: Result<number>;
  readonly listeners: Result<readonly Listener[]>;
  /** Ports that this environment's own services hold now. */
  readonly own: Result<ReadonlySet<number>>;
  readonly places: readonly Place[];
  /** Tools that the tests use besides, and the services of Debian that they unpack. */
  readonly testTools: readonly { readonly tool: string; readonly said: Said }[];
  readonly realServices: boolean;
}

/** What the environment asks for, and the oldest Node that will do. */
export interface Wanted {
  readonly file: string;
  readonly bindAddress: string;
  readonly ports: Readonly<Record<string, number>>;
  /** Service -> the file, absolute, or the flag or variable that gives its port. */
  readonly portFrom: Readonly<Record<string, string>>;
  readonly minFreeMb: number;
  /** As in package.json: `>=20.19.0`. */
  readonly node: string;
}

/** One thing that is here or not. */
export interface Finding {
  readonly id: string;
  readonly verdict: 'ok' | 'missing' | 'unknown';
  /** What cannot do without it; empty where it is only good to have. */
  readonly needed_by: readonly string[];
  readonly says: string;
  /** The one command that mends it. */
  readonly mend?: string;
}
