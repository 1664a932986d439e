import type { Log } from '../common/child.ts';
import type { Settings } from './config/settings.ts';
import type { Store } from './store/store.ts';

const hourMs = 3_600_000;

/** The oldest moment whose lines are kept; everything where nothing is to be deleted. */
export function keepFrom(settings: Settings, nowNs: bigint): bigint {
  return settings.retentionNs === undefined ? -(2n ** 63n) : nowNs - settings.retentionNs;
}

/** Deletes old lines now and every hour; the answer stops it. */
export function startRetention(settings: Settings, store: Store, now: () => bigint, log: Log): () => void {
  if (settings.retentionNs === undefined) return () => undefined;
  const prune = () => {
    try {
      store.dropBefore(keepFrom(settings, now()), Number((now() - settings.idleNs) / 1_000_000n));
    } catch (thrown) {
      log('error', 'old lines could not be deleted', {
        err: thrown instanceof Error ? thrown.message : String(thrown),
      });
    }
  };
  prune();
  const timer = setInterval(prune, hourMs);
  timer.unref();
  return () => clearInterval(timer);
}
