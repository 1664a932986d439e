import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { parseGoDuration } from '@plumbline/formats/go-duration';
import type { Log } from '../common/child.ts';
import { hostPath, hostPlace, type World } from '../common/world.ts';
import type { Arguments } from './config/arguments.ts';
import { type Evaluated, targetsOf } from './config/evaluate.ts';
import type { Metrics } from './metrics.ts';
import type { Pipeline } from './pipeline/build.ts';
import { type Handler, type Labels, labelText } from './pipeline/entry.ts';
import { isRotated, rotatedNames } from './tail/siblings.ts';
import type { FileState } from './tail/state.ts';
import { Tail } from './tail/tail.ts';

/** A path that is gone this long was removed, not rotated. */
const goneMs = 10_000;
/** States of files that are gone are kept this long: they may come back, rotated meanwhile. */
const forgetMs = 7 * 24 * 3_600_000;
/** Without a drop stage for long lines, what is longer than this is not kept in memory. */
const defaultLimit = 1024 * 1024;

export interface FollowOptions {
  readonly world: World;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly files: Readonly<Record<string, FileState>>;
  /** Called before each line is handed on, to give it its time. */
  readonly tick: () => void;
}

/** The files that are followed, and how far each is read. */
export class Follower {
  private readonly options: FollowOptions;
  private readonly tails = new Map<string, Tail>();
  private readonly saved: Record<string, FileState>;
  /** Something is worth keeping that no record on disk holds yet. */
  dirty = false;

  constructor(options: FollowOptions) {
    this.options = options;
    this.saved = { ...options.files };
  }

  of(source: string): readonly Tail[] {
    return [...this.tails.values()].filter((tail) => tail.options.source === source);
  }

  /** How far all files are read, those that are gone for long left out. */
  states(now: number): Readonly<Record<string, FileState>> {
    for (const tail of this.tails.values()) this.keep(tail);
    for (const [key, state] of Object.entries(this.saved)) {
      if (!this.tails.has(key) && now - state.seen > forgetMs) delete this.saved[key];
    }
    return this.saved;
  }

  close(): void {
    for (const tail of this.tails.values()) tail.close();
  }

  /** Follows the targets of all sources; stops with those that are no target, or are gone for good. */
  sync(evaluated: Evaluated, pipeline: Pipeline, now: number): void {
    const wanted = new Set<string>();
    for (const [id, args] of evaluated.args) {
      if (args.name !== 'loki.source.file') continue;
      const targets = targetsOf(args.values.targets);
      const rotated = rotatedTargets(targets.map((target) => target.__path__ ?? ''));
      for (const target of targets) {
        // A pattern such as `*.log*` names rotated files, too. They belong to the file that they were.
        if (rotated.has(target.__path__ ?? '')) continue;
        const older = [...rotated].flatMap(([path, live]) => (live === target.__path__ ? [path] : []));
        const key = this.follow(id, target, { fromEnd: args.values.tail_from_end === true, older });
        if (key !== undefined) wanted.add(key);
      }
    }
    for (const [key, tail] of this.tails) {
      const handler = pipeline.from.get(tail.options.source);
      const gone = tail.goneSince();
      // During a rotation the path is missing for a moment. What is left of a removed file is in its descriptor only.
      if (wanted.has(key) || (handler && !tail.exists() && (gone === undefined || now - gone < goneMs))) continue;
      if (handler && gone !== undefined) tail.finish(this.sinkOf(tail, handler, pipeline));
      this.keep(tail);
      tail.close();
      this.tails.delete(key);
      this.dirty = true;
      this.forgetMetrics(tail);
    }
  }

  /** Reads one chunk of each file, until the batch is full; true while there is more. */
  read(pipeline: Pipeline, now: number, full: () => boolean): boolean {
    let more = false;
    for (const [key, tail] of [...this.tails]) {
      if (full()) return true;
      const handler = pipeline.from.get(tail.options.source);
      if (!handler) continue;
      const step = tail.step(now, capOf(pipeline), this.sinkOf(tail, handler, pipeline));
      more ||= step.more;
      this.dirty ||= step.changed;
      this.tell(tail, step);
      // Moves the file behind the others, so that a busy one does not keep them waiting.
      if (step.more) {
        this.tails.delete(key);
        this.tails.set(key, tail);
      }
    }
    return more;
  }

  private keep(tail: Tail): void {
    const state = tail.state();
    if (state) this.saved[tail.options.key] = state;
  }

  private follow(
    source: string,
    target: Labels,
    how: { readonly fromEnd: boolean; readonly older: readonly string[] },
  ): string | undefined {
    const path = target.__path__;
    if (!path) return undefined;
    const own = Object.fromEntries(Object.entries(target).filter(([name]) => !name.startsWith('__')));
    const text = labelText(own);
    const key = `${source} ${path} ${text}`;
    if (this.tails.has(key)) return key;
    const host = hostPlace(this.options.world, path);
    if (!host.ok) return undefined;
    const labels = { ...own, filename: path };
    const saved = this.saved[key];
    const rotated = how.older.flatMap((older) => {
      const path = hostPath(this.options.world, older);
      return path.ok ? [path.value] : [];
    });
    this.tails.set(
      key,
      new Tail({
        key,
        source,
        path,
        hostPath: host.value.path,
        hostRoot: host.value.root,
        labels,
        labelText: text,
        fromEnd: how.fromEnd,
        rotated,
        saved,
      }),
    );
    return key;
  }

  private tell(tail: Tail, step: ReturnType<Tail['step']>): void {
    const { log, metrics } = this.options;
    const { source, path } = tail.options;
    if (step.error !== undefined)
      log('error', 'failed to tail file', { component: source, filename: path, error: step.error });
    if (step.lost !== undefined)
      log('warn', 'position lost, reading from the start', { component: source, filename: path, reason: step.lost });
    metrics.set('loki_source_file_read_bytes_total', metricLabels(tail), tail.readOffset);
    metrics.set('loki_source_file_file_bytes_total', metricLabels(tail), tail.fileSize);
  }

  private forgetMetrics(tail: Tail): void {
    for (const name of ['read_bytes', 'file_bytes', 'read_lines']) {
      this.options.metrics.clear(`loki_source_file_${name}_total`, (labels) => labels.path !== tail.options.path);
    }
  }

  private sinkOf(tail: Tail, handler: Handler, pipeline: Pipeline) {
    const { metrics, log, tick } = this.options;
    const { source, path, labels } = tail.options;
    const of = metricLabels(tail);
    return {
      line: (bytes: Buffer, offset: number) => {
        if (!isUtf8(bytes)) metrics.add('loki_source_file_encoding_failures_total', of);
        metrics.add('loki_source_file_read_lines_total', of);
        tick();
        handler({ labels, line: bytes.toString(), extracted: undefined, origin: { path, offset } });
      },
      tooLong: (offset: number) => {
        const { component, reason, limit } = pipeline.limit ?? {
          component: source,
          reason: 'line_too_long',
          limit: defaultLimit,
        };
        metrics.add('loki_process_dropped_lines_total', { component_id: component, component_path: '/', reason });
        log('warn', 'line dropped: too long', { component, filename: path, offset, limit });
      },
    };
  }
}

/** Rotated file -> the live one, for paths of which both are there; in the order of their age. */
function rotatedTargets(paths: readonly string[]): ReadonlyMap<string, string> {
  const byDirectory = new Map<string, string[]>();
  for (const path of paths)
    byDirectory.set(posix.dirname(path), [...(byDirectory.get(posix.dirname(path)) ?? []), posix.basename(path)]);
  const found = new Map<string, string>();
  for (const [directory, names] of byDirectory) {
    if (!names.some(isRotated)) continue;
    for (const name of names) {
      for (const older of rotatedNames(name, names))
        found.set(posix.join(directory, older), posix.join(directory, name));
    }
  }
  return found;
}

function metricLabels(tail: Tail) {
  return { component_id: tail.options.source, component_path: '/', path: tail.options.path };
}

/** A little beyond the limit of the drop stage, which then still sees and counts what is just too long. */
function capOf(pipeline: Pipeline): number {
  return (pipeline.limit?.limit ?? defaultLimit) + 64 * 1024;
}

/** How often the files are looked for: the least sync_period. */
export function syncPeriod(evaluated: Evaluated): number {
  return Math.min(10_000, ...durations(evaluated, 'local.file_match', (args) => args.values.sync_period));
}

/** How often a file is looked at: at first the least, and up to the greatest frequency while nothing happens. */
export function pollPeriods(evaluated: Evaluated): { readonly min: number; readonly max: number } {
  const watch = (name: string) =>
    durations(
      evaluated,
      'loki.source.file',
      (args) => args.blocks.find((b) => b.name === 'file_watch')?.values[name] ?? '250ms',
    );
  const min = Math.max(10, Math.min(...watch('min_poll_frequency'), 250));
  return { min, max: Math.max(min, Math.min(...watch('max_poll_frequency'), 10_000)) };
}

function durations(evaluated: Evaluated, name: string, of: (args: Arguments) => unknown): readonly number[] {
  return [...evaluated.args.values()]
    .filter((args) => args.name === name)
    .map((args) => parseGoDuration(of(args) as string))
    .map((period) => (period.ok ? period.value : 10_000));
}
