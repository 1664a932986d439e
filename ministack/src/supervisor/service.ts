import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ServiceSpec, ServiceState } from './protocol.ts';

const GRACE_MS = 5_000;
const FIRST_RESTART_MS = 100;
const LAST_RESTART_MS = 10_000;
/** A process that lived this long starts its back-off anew, as Docker's restart manager does. */
const SETTLED_MS = 10_000;

/** One service: its process, started again when it ends by itself. */
export class Service {
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly #lock: number;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #startedAt = 0;
  #restarts = 0;
  #delay = FIRST_RESTART_MS;
  #again: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  #lastExit: string | null = null;
  #stopping = false;

  /** `lock` is the descriptor of the supervisor's lock, which each process keeps: none of them is left once it is free. */
  constructor(name: string, spec: ServiceSpec, lock: number) {
    this.name = name;
    this.spec = spec;
    this.#lock = lock;
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
        child.once('exit', (code, signal) => end(signal ?? String(code)));
      });
    } catch (thrown) {
      this.#ended(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #spawn(): ChildProcess {
    const { logFile, program, args, world } = this.spec;
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a', 0o600);
    try {
      return spawn(process.execPath, [program, ...args], {
        stdio: ['ignore', log, log, 'ipc', this.#lock],
        env: { PATH: process.env.PATH ?? '', TZ: 'UTC', PLUMBLINE_WORLD: JSON.stringify(world) },
      });
    } finally {
      closeSync(log);
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
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
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
