import type { RunningService } from './engine-port.ts';
import type { Provenance } from './generated/types.ts';

/**
 * Whether a service ended by itself and was started again since apply observed it. A process that is started again is
 * another one; a container stays the same, and its engine counts its ends, anew when somebody else restarts it. Pure.
 */
export function startedAgain(
  { instance, restarts, startedAt }: RunningService,
  was: Pick<Provenance['services'][string], 'instance' | 'restarts' | 'started_at'>,
): boolean {
  if (instance !== was.instance) return true;
  return restarts > (was.restarts ?? 0) || (restarts > 0 && startedAt !== was.started_at);
}
