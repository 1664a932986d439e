import { isUtf8 } from 'node:buffer';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Environment } from '@plumbline/formats/alloy';
import { parseGoDuration } from '@plumbline/formats/go-duration';
import type { Log } from '../common/child.ts';
import { hostPath, type World } from '../common/world.ts';
import { evaluateAll, targetsOf } from './config/evaluate.ts';
import { type Loaded, load } from './config/load.ts';
import { matchFiles } from './files/match.ts';
import type { Metrics } from './metrics.ts';
import type { PipelineHooks } from './pipeline/build.ts';
import { type Handler, type Labels, labelText } from './pipeline/entry.ts';
import { Batch } from './ship/batch.ts';
import { push } from './ship/push.ts';
import { type Push, readRecord, writeRecord } from './ship/record.ts';
import type { FileState } from './tail/state.ts';
import { Tail } from './tail/tail.ts';

const pollMs = 250;
/** A path that is gone this long was removed, not rotated. */
const goneMs = 10_000;
/** States of files that are gone are kept this long: they may come back, rotated meanwhile. */
const forgetMs = 7 * 24 * 3_600_000;
/** Without a drop stage for long lines, what is longer than this is not kept in memory. */
const defaultLimit = 1024 * 1024;

export interface CollectorOptions {
  readonly world: World;
  /** The configuration, as the container sees it. */
  readonly configFile: string;
  /** On this host. */
  readonly storage: string;
  readonly environment: Environment;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * Reads files, sends lines, one batch at a time: readers wait while a batch is under way, so memory stays bounded and
 * the record on disk always describes one step.
 */
export class Collector {
  private readonly options: CollectorOptions;
  private readonly tails = new Map<string, Tail>();
  private readonly batch = new Batch();
  private readonly stopping = new AbortController();
  private interrupt = new AbortController();
  private files: Record<string, FileState>;
  private pending: readonly Push[];
  private lastNs: bigint;
  private dirty = false;
  private nextSync = 0;
  private running: Promise<void> | undefined;
  loaded: Loaded;

  private constructor(
    options: CollectorOptions,
    loaded: Loaded,
    record: { files: Readonly<Record<string, FileState>>; pushes: readonly Push[]; lastNs: bigint },
  ) {
    this.options = options;
    this.loaded = loaded;
    this.files = { ...record.files };
    this.pending = record.pushes;
    this.lastNs = record.lastNs;
  }

  /** Checks the configuration and the storage; reads nothing yet. */
  static create(options: CollectorOptions, bytes: Buffer): Result<Collector> {
    const record = readRecord(options.storage);
    if (!record.ok) return record;
    try {
      writeRecord(options.storage, record.value);
    } catch (cause) {
      return err(failure('E_ENV_UNWRITABLE', `storage path is not writable: ${(cause as Error).message}`));
    }
    // The hooks of a pipeline need the collector that the pipeline belongs to.
    const holder: { collector?: Collector } = {};
    const loaded = load(
      bytes,
      loadOptions(options, () => holder.collector!),
    );
    if (!loaded.ok) return loaded;
    holder.collector = new Collector(options, loaded.value, record.value);
    return ok(holder.collector);
  }

  start(): void {
    this.running = this.run().catch((cause: unknown) => {
      this.options.log('error', 'the collector failed', { error: String(cause) });
      process.exit(1);
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.interrupt.abort();
    await this.running;
    for (const tail of this.tails.values()) tail.close();
  }

  /** Takes over a new configuration, or keeps the old one and says why. */
  reload(bytes: Buffer): Result<true> {
    const loaded = load(
      bytes,
      loadOptions(this.options, () => this),
    );
    if (!loaded.ok) return loaded;
    this.loaded = loaded.value;
    this.nextSync = 0;
    this.interrupt.abort();
    return ok(true);
  }

  tailsOf(source: string): readonly Tail[] {
    return [...this.tails.values()].filter((tail) => tail.options.source === source);
  }

  hooks(): PipelineHooks {
    const { metrics, log } = this.options;
    return {
      store: (endpoint, labels, entry) => this.batch.add(endpoint, labels, this.lastNs, entry.line, Date.now()),
      dropped: (component, reason) =>
        metrics.add('loki_process_dropped_lines_total', { component_id: component, component_path: '/', reason }),
      tooLong: (component, entry, bytes, limit) =>
        log('warn', 'line dropped: too long', {
          component,
          filename: entry.origin.path,
          offset: entry.origin.offset,
          bytes,
          limit,
        }),
      echo: (component, entry) => log('info', '', { component, labels: labelText(entry.labels), entry: entry.line }),
    };
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      if (this.pending.length > 0) await this.ship();
      if (this.stopping.signal.aborted) return;
      const now = Date.now();
      if (now >= this.nextSync) this.sync(now);
      const more = this.readSome(now);
      const endpoints = this.loaded.pipeline.endpoints;
      const full = this.batch.bytes >= Math.min(...endpoints.map((e) => e.batchBytes));
      const waited = !this.batch.empty && now - this.batch.since >= Math.min(...endpoints.map((e) => e.batchWaitMs));
      if (full || waited) this.seal();
      else if (!more && this.dirty && this.batch.empty) this.seal();
      if (more || this.pending.length > 0) await turn();
      else await wait(pollMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** One chunk of each file, until the batch is full. */
  private readSome(now: number): boolean {
    const { metrics, log } = this.options;
    const limit = Math.min(...this.loaded.pipeline.endpoints.map((e) => e.batchBytes));
    let more = false;
    for (const [key, tail] of [...this.tails]) {
      if (this.batch.bytes >= limit) return true;
      const handler = this.loaded.pipeline.from.get(tail.options.source);
      if (!handler) continue;
      const sink = this.sinkOf(tail, handler);
      const step = tail.step(now, this.cap(), sink);
      more ||= step.more;
      this.dirty ||= step.changed;
      if (step.error !== undefined) {
        log('error', 'failed to tail file', {
          component: tail.options.source,
          filename: tail.options.path,
          error: step.error,
        });
      }
      // Moves the file behind the others, so that a busy one does not keep them waiting.
      if (step.more) {
        this.tails.delete(key);
        this.tails.set(key, tail);
      }
      const labels = { component_id: tail.options.source, component_path: '/', path: tail.options.path };
      metrics.set('loki_source_file_read_bytes_total', labels, tail.readOffset);
      metrics.set('loki_source_file_file_bytes_total', labels, tail.fileSize);
    }
    return more;
  }

  private sinkOf(tail: Tail, handler: Handler) {
    const { metrics, log } = this.options;
    const { source, path, labels } = tail.options;
    const metricLabels = { component_id: source, component_path: '/', path };
    return {
      line: (bytes: Buffer, offset: number) => {
        if (!isUtf8(bytes)) metrics.add('loki_source_file_encoding_failures_total', metricLabels);
        const now = BigInt(Date.now()) * 1_000_000n;
        this.lastNs = now > this.lastNs ? now : this.lastNs + 1n;
        metrics.add('loki_source_file_read_lines_total', metricLabels);
        handler({ labels, line: bytes.toString(), extracted: undefined, origin: { path, offset } });
      },
      tooLong: (offset: number) => {
        const { component, reason, limit } = this.loaded.pipeline.limit ?? {
          component: source,
          reason: 'line_too_long',
          limit: defaultLimit,
        };
        metrics.add('loki_process_dropped_lines_total', { component_id: component, component_path: '/', reason });
        log('warn', 'line dropped: too long', { component, filename: path, offset, limit });
      },
    };
  }

  private cap(): number {
    return (this.loaded.pipeline.limit?.limit ?? defaultLimit) + 64 * 1024;
  }

  /** Makes the record of what was read and is to be sent; the reading goes on only after it is sent. */
  private seal(): void {
    const now = Date.now();
    for (const [key, tail] of this.tails) {
      const state = tail.state();
      if (state) this.files[key] = state;
    }
    for (const [key, state] of Object.entries(this.files)) {
      if (!this.tails.has(key) && now - state.seen > forgetMs) delete this.files[key];
    }
    this.pending = this.batch.take();
    try {
      writeRecord(this.options.storage, { lastNs: this.lastNs, files: this.files, pushes: this.pending });
    } catch (cause) {
      // Without the record a kill would repeat these lines, so nothing more is read or sent.
      this.options.log('error', 'storage path is not writable', { error: (cause as Error).message });
      process.exit(1);
    }
    this.dirty = false;
  }

  private async ship(): Promise<void> {
    this.interrupt = new AbortController();
    if (this.stopping.signal.aborted) return;
    const pusher = {
      world: this.options.world,
      metrics: this.options.metrics,
      log: this.options.log,
      signal: this.interrupt.signal,
    };
    const left: Push[] = [];
    const outcomes = await Promise.all(
      this.pending.map((request) => {
        const endpoint = this.loaded.pipeline.endpoints.find((e) => e.key === request.endpoint);
        if (endpoint) return push(request, endpoint, pusher);
        this.options.log('error', 'a batch is dropped: its endpoint is no longer configured', {
          endpoint: request.endpoint,
          entries: request.entries,
        });
        return 'done' as const;
      }),
    );
    for (const [i, outcome] of outcomes.entries()) if (outcome === 'interrupted') left.push(this.pending[i]!);
    this.pending = left;
    this.dirty = true;
  }

  /** Finds the files again, and follows those that are new. */
  private sync(now: number): void {
    const { world, log, metrics } = this.options;
    this.nextSync = now + this.syncPeriod();
    const evaluated = evaluateAll(this.loaded.graph, this.options.environment, (args) =>
      matchFiles(world, targetsOf(args.values.path_targets)),
    );
    if (!evaluated.ok) {
      log('error', 'failed to evaluate config', { error: evaluated.failure.message });
      return;
    }
    this.loaded = { ...this.loaded, evaluated: evaluated.value };
    const wanted = new Set<string>();
    for (const [id, args] of evaluated.value.args) {
      if (args.name !== 'loki.source.file') continue;
      for (const target of targetsOf(args.values.targets)) {
        const key = this.follow(id, target, args.values.tail_from_end === true);
        if (key !== undefined) wanted.add(key);
      }
    }
    for (const [key, tail] of this.tails) {
      const sourceGone = !this.loaded.pipeline.from.has(tail.options.source);
      if (wanted.has(key) || (!sourceGone && tail.missingFor(now) < goneMs)) continue;
      const handler = this.loaded.pipeline.from.get(tail.options.source);
      if (handler) tail.finish(this.sinkOf(tail, handler));
      const state = tail.state();
      if (state) this.files[key] = state;
      tail.close();
      this.tails.delete(key);
      this.dirty = true;
    }
    const paths = new Set([...this.tails.values()].map((t) => t.options.path));
    for (const name of [
      'loki_source_file_read_bytes_total',
      'loki_source_file_file_bytes_total',
      'loki_source_file_read_lines_total',
    ]) {
      metrics.clear(name, (labels) => paths.has(labels.path!));
    }
  }

  private follow(source: string, target: Labels, fromEnd: boolean): string | undefined {
    const path = target.__path__;
    if (!path) return undefined;
    const own = Object.fromEntries(Object.entries(target).filter(([name]) => !name.startsWith('__')));
    const text = labelText(own);
    const key = `${source} ${path} ${text}`;
    if (this.tails.has(key)) return key;
    const host = hostPath(this.options.world, path);
    if (!host.ok) return undefined;
    const saved = this.files[key];
    const labels = { ...own, filename: path };
    this.tails.set(key, new Tail({ key, source, path, hostPath: host.value, labels, labelText: text, fromEnd, saved }));
    return key;
  }

  private syncPeriod(): number {
    const periods = [...this.loaded.evaluated.args.values()]
      .filter((args) => args.name === 'local.file_match')
      .map((args) => parseGoDuration(args.values.sync_period as string))
      .map((period) => (period.ok ? period.value : 10_000));
    return Math.max(pollMs, Math.min(10_000, ...periods));
  }
}

function loadOptions(options: CollectorOptions, collector: () => Collector) {
  return {
    file: options.configFile,
    environment: options.environment,
    match: (args: Parameters<typeof matchArgs>[1]) => matchArgs(options.world, args),
    hooks: lazyHooks(() => collector().hooks()),
  };
}

function matchArgs(world: World, args: { readonly values: Readonly<Record<string, unknown>> }): readonly Labels[] {
  return matchFiles(world, targetsOf(args.values.path_targets as Parameters<typeof targetsOf>[0]));
}

/** The collector does not exist yet while its first pipeline is built. */
function lazyHooks(get: () => PipelineHooks): PipelineHooks {
  let hooks: PipelineHooks | undefined;
  const ready = () => (hooks ??= get());
  return {
    store: (...a) => ready().store(...a),
    dropped: (...a) => ready().dropped(...a),
    tooLong: (...a) => ready().tooLong(...a),
    echo: (...a) => ready().echo(...a),
  };
}
