/** The run's one controller. */
export interface Interrupt {
  readonly signal: AbortSignal;
  by(): 'SIGINT' | 'SIGTERM' | undefined;
  dispose(): void;
}

/**
 * The first Ctrl-C, or SIGTERM, asks the run to stop and to finish its evidence; the second ends the process at once. A
 * terminal that goes away is a SIGTERM: nothing that was started may outlive it.
 */
export function listenForInterrupt(note: (text: string) => void): Interrupt {
  const controller = new AbortController();
  let by: 'SIGINT' | 'SIGTERM' | undefined;
  const handler = (signal: NodeJS.Signals) => {
    const asked = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    if (by !== undefined) {
      note('ended at once: what was begun is as it is; the next `./plumb up` finishes or undoes it');
      process.exit(asked === 'SIGINT' ? 130 : 143);
    }
    by = asked;
    note('stopping: what was begun is undone or finished, and the evidence is written; once more ends at once');
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    signal: controller.signal,
    by: () => by,
    dispose() {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}
