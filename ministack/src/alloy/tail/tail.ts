import type { Labels } from '../pipeline/entry.ts';
import { fileStat } from './file-stat.ts';
import { openFile, readAt } from './open-file.ts';
import { plan } from './plan.ts';
import { FileReader, type LineSink } from './reader.ts';
import { closeFiles, identity, scan, siblingPaths } from './scan.ts';
import type { FileState, Place } from './state.ts';

/** How long a rotated file is still looked at for late lines, and an unfinished line waits for its end. */
const lateMs = 5000;

export interface TailOptions {
  /** Names the file in the record on disk. */
  readonly key: string;
  readonly source: string;
  /** As the container sees it. */
  readonly path: string;
  readonly hostPath: string;
  /** The mounted directory of this host that the file must lie below. */
  readonly hostRoot: string;
  /** Public labels and `filename`; one object for the life of the tail. */
  readonly labels: Labels;
  readonly labelText: string;
  readonly fromEnd: boolean;
  /** Rotated files of this path that are targets themselves: read first where nothing is known yet. */
  readonly rotated: readonly string[];
  readonly saved: FileState | undefined;
}

export interface Step {
  readonly more: boolean;
  /** The state changed and is worth keeping. */
  readonly changed: boolean;
  /** What prevents reading; told once. */
  readonly error?: string;
  /** What was read before is not to be found any more; told once. */
  readonly lost?: string;
}

interface Waiting {
  readonly reader: FileReader;
  since: number;
}

/**
 * Follows one path through rotations. `queue` holds the files still to be read, the oldest first and the live one
 * last; `retired` those read to their end that someone may still write to.
 */
export class Tail {
  readonly options: TailOptions;
  private queue: Waiting[] = [];
  private retired: Waiting[] = [];
  private known: readonly string[] = [];
  private lastSize = 0;
  private lastTime = '';
  private started = false;
  private seen = 0;
  private failure: string | undefined;
  private lost: string | undefined;
  private behind = true;

  constructor(options: TailOptions) {
    this.options = options;
  }

  get running(): boolean {
    return this.started && this.failure === undefined;
  }

  /** Where the next line of the live file begins. */
  get readOffset(): number {
    return this.queue.at(-1)?.reader.lineStart ?? 0;
  }

  get fileSize(): number {
    return this.lastSize;
  }

  exists(): boolean {
    return fileStat(this.options.hostPath) !== undefined;
  }

  /** Nothing lies at the path since then, and what the open files held is read. */
  goneSince(): number | undefined {
    return this.behind || this.exists() ? undefined : this.seen;
  }

  state(): FileState | undefined {
    const current = this.queue[0];
    if (!current) return this.options.saved;
    const retired = this.retired.map((w) => w.reader.place());
    return {
      ...current.reader.place(),
      ...(retired.length > 0 ? { retired } : {}),
      known: this.known,
      seen: this.seen,
    };
  }

  /** Gives out what is left of a file that is gone for good. */
  finish(sink: LineSink): void {
    for (const { reader } of [...this.retired, ...this.queue]) reader.finish(sink);
  }

  close(): void {
    for (const { reader } of [...this.retired, ...this.queue]) reader.close();
    this.queue = [];
    this.retired = [];
  }

  /** Looks at the path and reads at most one chunk. Errors of the file system are values here: the next step tries again. */
  step(now: number, cap: number, sink: LineSink): Step {
    try {
      const changed = this.look(now);
      this.failure = undefined;
      const step = this.read(now, cap, sink);
      this.behind = step.more;
      const lost = this.lost;
      this.lost = undefined;
      return { more: step.more, changed: changed || step.changed, ...(lost === undefined ? {} : { lost }) };
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException;
      if (error.code === undefined) throw cause;
      const first = this.failure !== error.code;
      this.failure = error.code;
      return { more: false, changed: false, ...(first ? { error: error.message } : {}) };
    }
  }

  /** Opens what is to be read: at the start, after a rotation, after a truncation. */
  private look(now: number): boolean {
    const stat = fileStat(this.options.hostPath);
    if (stat) this.seen = now;
    if (!this.started) return this.begin(now, stat !== undefined);
    if (!stat) return false;
    if (!stat.regular) throw Object.assign(new Error('not a regular file'), { code: 'ENOTREG' });
    const live = this.queue.at(-1);
    const rotated = !live || live.reader.file.ino !== stat.ino;
    const changed = stat.size !== this.lastSize || stat.mtime !== this.lastTime;
    // A file that changed without growing was truncated, and perhaps written again to the same size. Where nothing was
    // read, a truncation leaves no trace in the file; the siblings may tell.
    const suspect = !rotated && changed && (stat.size <= this.lastSize || live.reader.lineStart === 0);
    this.lastSize = stat.size;
    this.lastTime = stat.mtime;
    if (rotated || suspect) this.replan(now);
    return rotated || suspect;
  }

  private begin(now: number, exists: boolean): boolean {
    const { saved, hostPath, hostRoot, fromEnd, rotated } = this.options;
    if (!saved) {
      if (!exists) return false;
      const live = openFile(hostPath, hostRoot, undefined);
      if (!live) throw Object.assign(new Error('not a regular file'), { code: 'ENOTREG' });
      const older = fromEnd ? [] : rotated.flatMap((path) => openFile(path, hostRoot, undefined) ?? []);
      const start = fromEnd ? lastLine(live.fd, live.size) : 0;
      this.queue = older.map((file) => ({ reader: new FileReader(file, 0, false), since: now }));
      this.queue.push({ reader: new FileReader(live, start, false), since: now });
      this.lastSize = live.size;
    } else {
      this.known = saved.known;
      this.adopt(saved, undefined, now);
      if (this.queue.length === 0) return false;
      for (const place of saved.retired ?? []) this.reopenRetired(place, now);
    }
    this.started = true;
    this.remember();
    return true;
  }

  private reopenRetired(place: Place, now: number): void {
    const found = scan(this.options.hostPath, this.options.hostRoot, place);
    const mine = found.siblings.find((c) => c.ino === place.ino && c.matches);
    closeFiles([...found.siblings, ...(found.live ? [found.live] : [])].filter((c) => c !== mine));
    if (mine) this.retired.push({ reader: new FileReader(mine, place.offset, place.skipping === true), since: now });
  }

  private replan(now: number): void {
    const live = this.queue.pop();
    live?.reader.rewind();
    if (live) this.adopt(live.reader.place(), live, now);
    else {
      const file = openFile(this.options.hostPath, this.options.hostRoot, undefined);
      if (file) this.queue = [{ reader: new FileReader(file, 0, false), since: now }];
    }
    this.remember();
  }

  /** Puts the files that follow from a place at the end of the queue; `held` is the reader that was at that place. */
  private adopt(place: Place, held: Waiting | undefined, now: number): void {
    const found = scan(this.options.hostPath, this.options.hostRoot, place);
    const segments = plan(place, new Set(this.known), found.live, found.siblings);
    const all = [...found.siblings, ...(found.live ? [found.live] : [])];
    const heldFile = held?.reader.file;
    const goesOn = held !== undefined && segments.some((s) => s.continues && s.file.ino === heldFile?.ino);
    // Removed while it was open: only the descriptor still leads to what is left of it.
    const unlinked = held !== undefined && !goesOn && !all.some((c) => c.ino === heldFile?.ino);
    if (held && unlinked && !segments.some((s) => s.continues)) this.queue.push(held);
    else if (held && !goesOn) held.reader.close();
    const foundAgain = goesOn || unlinked || segments.some((s) => s.continues) || all.some((c) => c.prefix);
    if (place.offset > 0 && !foundAgain) this.lost = 'what was read is not to be found: truncated, or rotated away';
    const used = new Set<unknown>();
    for (const segment of segments) {
      if (goesOn && segment.continues) {
        this.queue.push(held!);
        continue;
      }
      used.add(segment.file);
      const skipping = segment.continues && place.skipping === true;
      this.queue.push({ reader: new FileReader(segment.file, segment.from, skipping), since: now });
    }
    closeFiles(all.filter((c) => !used.has(c)));
    if (found.live) this.lastSize = found.live.size;
  }

  /** What lies beside the live file now is in the queue, or older than it. */
  private remember(): void {
    this.known = siblingPaths(this.options.hostPath).flatMap((path) => identity(path) ?? []);
  }

  private read(now: number, cap: number, sink: LineSink): { more: boolean; changed: boolean } {
    if (this.queue.length === 0) return { more: false, changed: false };
    // Sizes are taken from the newest file to the oldest, and read from the oldest to the newest: whatever a newer
    // file holds at its limit was written after all that the older ones are read to.
    const limits = new Map<Waiting, number>();
    for (const waiting of [...this.retired, ...this.queue].reverse()) limits.set(waiting, waiting.reader.size());
    let changed = this.readRetired(now, cap, sink, limits);
    for (let first = this.queue[0]; first; first = this.queue[0]) {
      const before = first.reader.position;
      const outcome = first.reader.read(limits.get(first)!, cap, sink);
      const progressed = first.reader.position !== before;
      changed ||= progressed;
      if (progressed) first.since = now;
      if (outcome === 'more') return { more: true, changed };
      if (this.queue.length === 1) {
        if (outcome === 'changed') this.replan(now);
        return {
          more: outcome === 'changed' || first.reader.position < limits.get(first)!,
          changed: changed || outcome === 'changed',
        };
      }
      if (outcome === 'end' && first.reader.unfinished && now - first.since < lateMs) return { more: false, changed };
      if (outcome === 'end') first.reader.finish(sink);
      first.since = now;
      this.queue.shift();
      this.retired.push(first);
      changed = true;
    }
    return { more: false, changed };
  }

  private readRetired(now: number, cap: number, sink: LineSink, limits: ReadonlyMap<Waiting, number>): boolean {
    let changed = false;
    this.retired = this.retired.filter((late) => {
      const before = late.reader.position;
      const outcome = late.reader.read(limits.get(late)!, cap, sink);
      if (late.reader.position !== before) {
        late.since = now;
        changed = true;
      }
      if (outcome !== 'changed' && now - late.since < lateMs) return true;
      if (outcome !== 'changed') late.reader.finish(sink);
      late.reader.close();
      changed = true;
      return false;
    });
    return changed;
  }
}

/** Where the last line of a file begins. */
function lastLine(fd: number, size: number): number {
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - 64 * 1024);
    const found = readAt(fd, from, end - from).lastIndexOf(10);
    if (found >= 0) return from + found + 1;
    end = from;
  }
  return 0;
}
