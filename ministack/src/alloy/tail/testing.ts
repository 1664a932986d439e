import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileState } from './state.ts';
import { Tail } from './tail.ts';

/** For tests: a log file with its rotations, and a tail on it whose clock the test moves. */
export class LogFile {
  readonly directory = mkdtempSync(join(tmpdir(), 'plumbline-tail-'));
  readonly path = join(this.directory, 'app.log');
  readonly lines: string[] = [];
  readonly skipped: number[] = [];
  readonly messages: string[] = [];
  now = 1_000_000;
  cap = 1000;
  fromEnd = false;
  rotated: readonly string[] = [];
  private tail: Tail | undefined;
  private saved: FileState | undefined;
  private kept = 0;
  private touched = 1_700_000_000;

  append(text: string): void {
    appendFileSync(this.path, text);
    this.touch();
  }

  rotateByRename(create = true): void {
    this.shift();
    renameSync(this.path, `${this.path}.1`);
    if (create) writeFileSync(this.path, '');
  }

  rotateByCopy(): void {
    this.shift();
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path);
    this.touch();
  }

  /** Reads until nothing more comes. */
  read(): readonly string[] {
    for (let i = 0; i < 10_000; i++) if (!this.step()) return this.lines;
    throw new Error('the tail does not come to rest');
  }

  step(): boolean {
    this.tail ??= new Tail({
      key: 'k',
      source: 's',
      path: this.path,
      hostPath: this.path,
      hostRoot: this.directory,
      labels: {},
      labelText: '{}',
      fromEnd: this.fromEnd,
      rotated: this.rotated,
      saved: this.saved,
    });
    const step = this.tail.step(this.now, this.cap, {
      line: (bytes) => this.lines.push(bytes.toString()),
      tooLong: (offset) => this.skipped.push(offset),
    });
    for (const message of [step.error, step.lost]) if (message !== undefined) this.messages.push(message);
    return step.more;
  }

  /** Makes what was read lasting, as the record on disk does. */
  keep(): void {
    if (!this.tail) return;
    const state = this.tail.state();
    this.saved = state && (JSON.parse(JSON.stringify(state)) as FileState);
    this.kept = this.lines.length;
  }

  /** A kill: what was not kept is forgotten. */
  crash(): void {
    this.tail?.close();
    this.tail = undefined;
    this.lines.length = this.kept;
  }

  later(ms: number): this {
    this.now += ms;
    return this;
  }

  get running(): boolean {
    return this.tail?.running ?? false;
  }

  remove(): void {
    this.tail?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The kernel's clock for files is coarser than a test is fast. */
  private touch(): void {
    this.touched += 1;
    utimesSync(this.path, this.touched, this.touched);
  }

  private shift(): void {
    const numbers = readdirSync(this.directory).map((name) => Number(/\.log\.(\d+)$/.exec(name)?.[1] ?? 0));
    for (const n of numbers.filter((x) => x > 0).sort((a, b) => b - a)) {
      if (existsSync(`${this.path}.${n}`)) renameSync(`${this.path}.${n}`, `${this.path}.${n + 1}`);
    }
  }
}
