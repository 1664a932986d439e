import { type ChildProcess, spawn } from 'node:child_process';
import type { Scrubber } from '@plumbline/contracts';
import type { ServiceSpec, ServiceState } from './protocol.ts';
import { openServiceLog } from './service-log.ts';

/** As long as docker gives a container. */
const GRACE_MS = 10_000;
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A process that lived this long starts its back-off anew, as Docker's restart manager does. */
const SETTLED_MS = 10_000;
/** What a process has left running may hold its output open; it is waited for no longer than this. */
const LINGER_MS = 500;

/** What a service needs of its supervisor. */
export interface Keeper {
  /** The descriptor of the supervisor's lock, which each process keeps: none of them is left once it is free. */
  readonly lock: number;
  /** Knows every secret that a service with this world was given by now. */
  scrubber(world: unknown): Scrubber;
}

/** One service: its process, started again when it ends by itself. */
export class Service {
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly #keeper: Keeper;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #startedAt = 0;
  #restarts = 0;
  #delay = FIRST_RESTART_MS;
  #again: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  #lastExit: string | null = null;
  #stopping = false;

  constructor(name: string, spec: ServiceSpec, keeper: Keeper) {
    this.name = name;
    this.spec = spec;
    this.#keeper = keeper;
  }

  /** A process that cannot be started has ended, and why is how it ended: it is tried again as any other. */
  start(): void {
    this.#startedAt = Date.now();
    try {
      const child = this.#spawn();
      this.#child = child;
      this.#gone = new Promise((resolve) => {
        const end = (how: string) => {
          this.#ended(how);
          resolve();
        };
        // Also a signal that cannot be sent is an error; only what has no number was never started, and has no exit.
        child.once('error', (error) => child.pid === undefined && end(error.message));
        // Not `exit`: its last words are in its log once it is said to have ended.
        child.once('close', (code, signal) => end(signal ?? String(code)));
      });
    } catch (thrown) {
      this.#ended(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #spawn(): ChildProcess {
    const { logFile, program, args, world } = this.spec;
    const log = openServiceLog(logFile, this.#keeper.scrubber(world));
    try {
      const child = spawn(process.execPath, [program, ...args], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc', this.#keeper.lock],
        env: { PATH: process.env.PATH ?? '', TZ: 'UTC', PLUMBLINE_WORLD: JSON.stringify(world) },
      });
      for (const stream of [child.stdout, child.stderr]) if (stream !== null) log.take(stream);
      child.once('exit', () => lingering(child));
      child.once('close', log.close);
      child.once('error', () => child.pid === undefined && log.close());
      return child;
    } catch (thrown) {
      log.close();
      throw thrown;
    }
  }

  #ended(how: string): void {
    this.#child = undefined;
    this.#lastExit = how;
    if (this.#stopping || !this.spec.restart) return;
    if (Date.now() - this.#startedAt >= SETTLED_MS) this.#delay = FIRST_RESTART_MS;
    const startAgain = () => {
      this.#again = undefined;
      this.#restarts += 1;
      this.start();
    };
    this.#again = { timer: setTimeout(startAgain, this.#delay), at: Date.now() + this.#delay };
    this.#delay = Math.min(this.#delay * 2, LAST_RESTART_MS);
  }

  /** SIGTERM, a grace period, SIGKILL. Resolves when the process is gone; it is not started again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again?.timer);
    this.#again = undefined;
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), this.spec.graceMs ?? GRACE_MS);
    await this.#gone;
    clearTimeout(force);
  }

  state(): ServiceState {
    const { project, image, serviceHash, secrets, programSha256, address, logFile } = this.spec;
    const startedAt = new Date(this.#startedAt).toISOString();
    return {
      service: this.name,
      state: this.#child === undefined ? 'exited' : 'running',
      project,
      image,
      serviceHash,
      secrets,
      programSha256,
      address,
      logFile,
      instance: `${this.#child?.pid ?? 0}@${startedAt}`,
      startedAt,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
      ...(this.#again === undefined ? {} : { nextStartAt: new Date(this.#again.at).toISOString() }),
    };
  }
}

function lingering(child: ChildProcess): void {
  const streams = [child.stdout, child.stderr];
  const timer = setTimeout(() => {
    for (const stream of streams) stream?.destroy();
  }, LINGER_MS);
  child.once('close', () => clearTimeout(timer));
}
