import { tell } from './output.ts';

/** The run's one controller. */
export interface Interrupt {
  readonly signal: AbortSignal;
  by(): 'SIGINT' | 'SIGTERM' | undefined;
  dispose(): void;
}

/** The first Ctrl-C, or SIGTERM, asks the run to stop and to finish its evidence; the second ends the process at once. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let by: 'SIGINT' | 'SIGTERM' | undefined;
  const handler = (signal: 'SIGINT' | 'SIGTERM') => {
    if (by !== undefined) process.exit(signal === 'SIGINT' ? 130 : 143);
    by = signal;
    tell('stopping: what was begun is finished or given up, and the evidence is written; once more ends at once');
    controller.abort();
  };
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return {
    signal: controller.signal,
    by: () => by,
    dispose() {
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    },
  };
}
