import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Scrubber, wholeLines } from '@plumbline/contracts';
import { createBoundedOutput, type Kept } from './bounded-output.ts';
import { descriptorHolders, type Holder } from './descriptor-holders.ts';

/** A program to start, without a shell. */
export interface ProcessRequest {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Asks it to end: SIGTERM to its group, SIGKILL to what is left of it after the grace. */
  readonly signal: AbortSignal;
  /** A descriptor that it inherits: a lock that must outlive us for as long as it works. */
  readonly inherit?: number;
}

/** How a program ended. */
export interface ProcessEnd {
  readonly exit:
    | { readonly kind: 'code'; readonly code: number }
    | { readonly kind: 'signal'; readonly signal: string }
    | { readonly kind: 'not_started'; readonly errno: string };
  /** stdout and stderr by whole lines as they came, every known secret removed before anything was cut. */
  readonly output: Kept;
  /** The same of stdout alone: what a program answers, without what it warns of. */
  readonly stdout: Kept;
  /** Processes that it left in its group were ended. */
  readonly leftBehind: boolean;
  /** Processes outside its group that it left with the descriptor that it inherited, where there are any. */
  readonly heldBy?: readonly Holder[];
}

/** Starts programs and knows which of them live. */
export interface Processes {
  run(request: ProcessRequest): Promise<ProcessEnd>;
  /** Ends all that live at once: for the moment before this process ends. */
  killAll(): void;
}

const KEPT_BYTES = 1 << 20;
const GRACE_MS = 5_000;
/** After a program ended, what it left gets this long to end by itself; its output is waited for no longer. */
const LINGER_MS = 250;
const POLL_MS = 20;

/** The only place that starts the programs of steps. Each leads a process group of its own. */
export function createProcesses(scrubber: Scrubber): Processes {
  const groups = new Set<number>();
  return {
    async run({ argv: [program, ...args], cwd, env, signal, inherit }) {
      const output = createBoundedOutput(KEPT_BYTES);
      const answer = createBoundedOutput(KEPT_BYTES);
      const kept = () => ({ output: output.kept(), stdout: answer.kept() });
      let child: ChildProcess;
      try {
        const stdio = ['ignore', 'pipe', 'pipe', ...(inherit === undefined ? [] : [inherit])] as const;
        child = spawn(program, args, { cwd, env, detached: true, stdio: [...stdio] });
      } catch (thrown) {
        return { exit: notStarted(thrown), ...kept(), leftBehind: false };
      }
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      const streams = [
        ...(child.stdout === null ? [] : [scrubbed(child.stdout, scrubber, [output, answer])]),
        ...(child.stderr === null ? [] : [scrubbed(child.stderr, scrubber, [output])]),
      ];
      const exited = new Promise<ProcessEnd['exit']>((resolve) => {
        child.once('error', (thrown) => resolve(notStarted(thrown)));
        child.once('exit', (code, by) =>
          resolve(by === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal: by }),
        );
      });
      const group = child.pid;
      if (group === undefined) return { exit: await exited, ...kept(), leftBehind: false };
      groups.add(group);
      const ladder = createLadder(group);
      if (signal.aborted) ladder.begin();
      else signal.addEventListener('abort', ladder.begin, { once: true });
      try {
        const exit = await exited;
        // `exit` and not `close`: what a program leaves running may hold its output open for ever.
        await within(closed, LINGER_MS);
        const leftBehind = isAlive(group);
        if (leftBehind) {
          ladder.begin();
          await ladder.done();
          await within(closed, LINGER_MS);
        }
        const others = new Set([...groups].filter((other) => other !== group));
        const heldBy = inherit === undefined ? [] : await stillHolding(inherit, others);
        for (const stream of streams) stream.end();
        return { exit, ...kept(), leftBehind, ...(heldBy.length === 0 ? {} : { heldBy }) };
      } finally {
        signal.removeEventListener('abort', ladder.begin);
        ladder.dispose();
        groups.delete(group);
        child.stdout?.destroy();
        child.stderr?.destroy();
      }
    },
    killAll() {
      for (const group of groups) send(group, 'SIGKILL');
    },
  };
}

/**
 * Each stream for itself: what another one says between two halves of a secret does not hide it, nor stands within a
 * line of it.
 */
function scrubbed(
  from: Readable,
  scrubber: Scrubber,
  into: readonly { push(bytes: Uint8Array): void }[],
): { end(): void } {
  const clean = wholeLines(scrubber.stream());
  const write = (bytes: Uint8Array) => {
    for (const one of into) one.push(bytes);
  };
  const take = (chunk: Buffer) => write(clean.push(chunk));
  from.on('data', take);
  return {
    end() {
      from.off('data', take);
      write(clean.end());
    },
  };
}

/** Who holds a descriptor also when what just ends has had the time to. */
async function stillHolding(fd: number, working: ReadonlySet<number>): Promise<readonly Holder[]> {
  const deadline = performance.now() + LINGER_MS;
  for (;;) {
    const holders = descriptorHolders(fd, working);
    if (holders.length === 0 || performance.now() > deadline) return holders;
    await within(undefined, POLL_MS);
  }
}

/** SIGTERM, a grace, SIGKILL: to the whole group, once, whoever asks first. */
function createLadder(group: number): { begin(): void; done(): Promise<void>; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  let deadline = 0;
  return {
    begin() {
      if (timer !== undefined) return;
      send(group, 'SIGTERM');
      deadline = performance.now() + GRACE_MS;
      timer = setTimeout(() => send(group, 'SIGKILL'), GRACE_MS);
    },
    async done() {
      // A little longer than the grace: who is killed still has to be buried.
      while (isAlive(group) && performance.now() < deadline + LINGER_MS) await within(undefined, POLL_MS);
    },
    dispose: () => clearTimeout(timer),
  };
}

function isAlive(group: number): boolean {
  return send(group, 0);
}

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

function notStarted(thrown: unknown): ProcessEnd['exit'] {
  return { kind: 'not_started', errno: (thrown as NodeJS.ErrnoException).code ?? String(thrown) };
}

/** Waits for something, and no longer than that. */
function within(what: Promise<void> | undefined, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void what?.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
