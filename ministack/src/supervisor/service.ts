import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #restarts = 0;
  #delay = FIRST_RESTART_MS;
  #timer: NodeJS.Timeout | undefined;
  #lastExit: string | null = null;
  #stopping = false;

  constructor(name: string, spec: ServiceSpec) {
    this.name = name;
    this.spec = spec;
  }

  start(): void {
    mkdirSync(dirname(this.spec.logFile), { recursive: true });
    const log = openSync(this.spec.logFile, 'a', 0o600);
    const child = spawn(process.execPath, [this.spec.program, ...this.spec.args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC', PLUMBLINE_WORLD: JSON.stringify(this.spec.world) },
    });
    closeSync(log);
    this.#child = child;
    this.#startedAt = Date.now();
    child.once('error', (error) => this.#ended(child, error.message));
    child.once('exit', (code, signal) => this.#ended(child, signal ?? String(code)));
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#lastExit = how;
    if (this.#stopping || !this.spec.restart) return;
    if (Date.now() - this.#startedAt >= SETTLED_MS) this.#delay = FIRST_RESTART_MS;
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, this.#delay);
    this.#delay = Math.min(this.#delay * 2, LAST_RESTART_MS);
  }

  /** SIGTERM, a grace period, SIGKILL. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await gone;
    clearTimeout(force);
  }

  state(): ServiceState {
    const { image, serviceHash, programSha256, address, logFile } = this.spec;
    const startedAt = new Date(this.#startedAt).toISOString();
    return {
      service: this.name,
      state: this.#child === undefined ? 'exited' : 'running',
      image,
      serviceHash,
      programSha256,
      address,
      logFile,
      instance: `${this.#child?.pid ?? 0}@${startedAt}`,
      startedAt,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
    };
  }
}
