import type { Result, RunningService } from '@plumbline/contracts';

/** What the engine says of a service that does not answer: in words, where it explains that, and as evidence. */
export interface Life {
  readonly says?: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Pure. */
export function lifeOf(service: string, running: Result<readonly RunningService[]>): Life {
  if (!running.ok) return { evidence: { could_not_look: running.failure.message } };
  const found = running.value.find((one) => one.service === service);
  if (found === undefined) return { says: 'it does not run', evidence: { state: 'absent' } };
  const { state, restarts, lastExit, nextStartAt, logFile } = found;
  const again = nextStartAt === undefined ? {} : { next_start_at: nextStartAt };
  const evidence = {
    state,
    restarts,
    last_exit: lastExit,
    ...again,
    ...(logFile === undefined ? {} : { log_file: logFile }),
  };
  const says = wordsFor(found);
  return says === undefined ? { evidence } : { says, evidence };
}

function wordsFor({ state, restarts, lastExit, nextStartAt }: RunningService): string | undefined {
  const last = `last: ${lastExit ?? 'unknown'}`;
  if (nextStartAt !== undefined)
    return `it is in back-off after ${times(restarts + 1, 'end')}, ${last}, next start at ${nextStartAt}`;
  if (state !== 'running') return `it ended and is not started again, ${last}`;
  return restarts === 0 ? undefined : `it runs after ${times(restarts, 'end')}, ${last}`;
}

function times(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
