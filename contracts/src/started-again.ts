import type { Provenance } from './generated/types.ts';
import type { RunningService } from './ports.ts';

/**
 * Whether a service was started again since apply observed it. A process that is started again is another one; a
 * container stays the same, and its engine counts how often it has ended by itself. Pure.
 */
export function startedAgain(
  { instance, restarts }: RunningService,
  was: Pick<Provenance['services'][string], 'instance' | 'restarts'>,
): boolean {
  return instance !== was.instance || restarts > (was.restarts ?? 0);
}
