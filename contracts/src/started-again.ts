import type { RunningService } from './ports.ts';

/**
 * Whether a service was started again since `instance` was deployed. A process that is started again is another one; a
 * container stays the same, and its engine counts how often it has ended by itself. Pure.
 */
export function startedAgain({ instance, restarts }: RunningService, deployed: string): boolean {
  return instance !== deployed || restarts > 0;
}
