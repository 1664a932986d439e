import type { Settings } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';

/** What the handlers of one running stand-in share. */
export interface Context {
  readonly settings: Settings;
  readonly store: Store;
  readonly metrics: Metrics;
  /** The present in nanoseconds. */
  now(): bigint;
  readonly startedNs: bigint;
  /** The path on this host of a path of the container; undefined where nothing is mounted. */
  hostPath(path: string): string | undefined;
}

/** A request as a handler sees it: parameters of the query string and of a form are one. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly contentType: string;
  readonly body: string;
}
