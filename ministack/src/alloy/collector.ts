import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Environment } from '@plumbline/formats/alloy';
import type { Log } from '../common/child.ts';
import type { World } from '../common/world.ts';
import type { Arguments } from './config/arguments.ts';
import { evaluateAll, targetsOf } from './config/evaluate.ts';
import { type Loaded, load } from './config/load.ts';
import { matchFiles } from './files/match.ts';
import { Follower, pollPeriods, syncPeriod } from './follow.ts';
import type { Metrics } from './metrics.ts';
import type { PipelineHooks } from './pipeline/build.ts';
import { labelText } from './pipeline/entry.ts';
import { Batch } from './ship/batch.ts';
import { push } from './ship/push.ts';
import { type Push, readRecord, writeRecord } from './ship/record.ts';
import type { Tail } from './tail/tail.ts';

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
  private follower: Follower | undefined;
  private readonly batch = new Batch();
  private readonly stopping = new AbortController();
  /** Ends the attempts to send, for a stop or for a new configuration. */
  private interrupt = new AbortController();
  private pending: readonly Push[] = [];
  private lastNs = 0n;
  private nextSync = 0;
  private idleMs = 0;
  private running: Promise<void> | undefined;
  loaded: Loaded;

  private constructor(options: CollectorOptions, loaded: Loaded) {
    this.options = options;
    this.loaded = loaded;
  }

  /** Checks the configuration; touches nothing yet. */
  static create(options: CollectorOptions, config: Buffer): Result<Collector> {
    // The hooks of the first pipeline are called only when the collector exists.
    const holder: { collector?: Collector } = {};
    const loaded = loadFor(options, config, () => holder.collector!);
    if (!loaded.ok) return loaded;
    holder.collector = new Collector(options, loaded.value);
    return ok(holder.collector);
  }

  /** Begins with what the record says. Only who holds the port may do so: two collectors would repeat each other's lines. */
  open(): Result<true> {
    const { storage, world, metrics, log } = this.options;
    const record = readRecord(storage);
    if (!record.ok) return record;
    try {
      writeRecord(storage, record.value);
    } catch (cause) {
      return err(failure('E_ENV_UNWRITABLE', `storage path is not writable: ${(cause as Error).message}`));
    }
    this.pending = record.value.pushes;
    this.lastNs = record.value.lastNs;
    this.follower = new Follower({ world, metrics, log, files: record.value.files, tick: () => this.tick() });
    this.running = this.run(this.follower).catch((cause: unknown) => {
      log('error', 'the collector failed', { error: String(cause) });
      process.exit(1);
    });
    return ok(true);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.interrupt.abort();
    await this.running;
    this.follower?.close();
  }

  /** Takes over a new configuration, or keeps the old one and says why. */
  reload(config: Buffer): Result<true> {
    const loaded = loadFor(this.options, config, () => this);
    if (!loaded.ok) return loaded;
    this.loaded = loaded.value;
    this.nextSync = 0;
    this.interrupt.abort();
    return ok(true);
  }

  tailsOf(source: string): readonly Tail[] {
    return this.follower?.of(source) ?? [];
  }

  hooks(): PipelineHooks {
    const { metrics, log } = this.options;
    return {
      store: (endpoint, labels, entry) => this.batch.add(endpoint, labels, this.lastNs, entry.line, Date.now()),
      dropped: (component, reason) =>
        metrics.add('loki_process_dropped_lines_total', { component_id: component, component_path: '/', reason }),
      tooLong: (component, { origin }, bytes, limit) =>
        log('warn', 'line dropped: too long', {
          component,
          filename: origin.path,
          offset: origin.offset,
          bytes,
          limit,
        }),
      echo: (component, entry) => log('info', '', { component, labels: labelText(entry.labels), entry: entry.line }),
    };
  }

  /** Each line gets a time of its own, later than any before it, also across restarts. */
  private tick(): void {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.lastNs = now > this.lastNs ? now : this.lastNs + 1n;
  }

  private async run(follower: Follower): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.pending.length > 0) await this.ship(follower);
      if (signal.aborted) return;
      const now = Date.now();
      if (now >= this.nextSync) this.sync(follower, now);
      const { endpoints } = this.loaded.pipeline;
      const full = () => this.batch.bytes >= Math.min(...endpoints.map((e) => e.batchBytes));
      const more = follower.read(this.loaded.pipeline, now, full);
      const batchWait = endpoints.length > 0 ? Math.min(...endpoints.map((e) => e.batchWaitMs)) : 0;
      if (!this.batch.empty && (full() || now - this.batch.since >= batchWait)) this.seal(follower);
      else if (!more && follower.dirty && this.batch.empty) this.seal(follower);
      if (more || this.pending.length > 0) {
        this.idleMs = 0;
        await turn();
      } else {
        await this.idle();
      }
    }
  }

  private async idle(): Promise<void> {
    const { min, max } = pollPeriods(this.loaded.evaluated);
    this.idleMs = Math.min(max, Math.max(min, this.batch.empty ? this.idleMs * 2 : min));
    await wait(this.idleMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  /** Makes the record of what was read and is to be sent; the reading goes on only after it is sent. */
  private seal(follower: Follower): void {
    this.pending = this.batch.take();
    try {
      const files = follower.states(Date.now());
      writeRecord(this.options.storage, { lastNs: this.lastNs, files, pushes: this.pending });
    } catch (cause) {
      // Without the record a kill would repeat these lines, so nothing more is read or sent.
      this.options.log('error', 'storage path is not writable', { error: (cause as Error).message });
      process.exit(1);
    }
    follower.dirty = false;
  }

  private async ship(follower: Follower): Promise<void> {
    this.interrupt = new AbortController();
    const { world, metrics, log } = this.options;
    const pusher = { world, metrics, log, signal: this.interrupt.signal };
    const outcomes = await Promise.all(
      this.pending.map((request) => {
        const endpoint = this.loaded.pipeline.endpoints.find((e) => e.key === request.endpoint);
        if (endpoint) return push(request, endpoint, pusher);
        log('error', 'batch dropped: its endpoint is no longer configured', {
          endpoint: request.endpoint,
          entries: request.entries,
        });
        return 'done' as const;
      }),
    );
    this.pending = this.pending.filter((_, i) => outcomes[i] === 'interrupted');
    follower.dirty = true;
  }

  /** Finds the files again: the targets of every component may have changed with them. */
  private sync(follower: Follower, now: number): void {
    const { world, log, environment } = this.options;
    const evaluated = evaluateAll(this.loaded.graph, environment, (args) => matching(world, args));
    if (evaluated.ok) this.loaded = { ...this.loaded, evaluated: evaluated.value };
    else log('error', 'failed to evaluate config', { error: evaluated.failure.message });
    follower.sync(this.loaded.evaluated, this.loaded.pipeline, now);
    this.nextSync = now + syncPeriod(this.loaded.evaluated);
  }
}

function matching(world: World, args: Arguments) {
  return matchFiles(world, targetsOf(args.values.path_targets));
}

function loadFor(options: CollectorOptions, config: Buffer, collector: () => Collector): Result<Loaded> {
  let hooks: PipelineHooks | undefined;
  const ready = () => (hooks ??= collector().hooks());
  return load(config, {
    file: options.configFile,
    environment: options.environment,
    match: (args) => matching(options.world, args),
    hooks: {
      store: (...a) => ready().store(...a),
      dropped: (...a) => ready().dropped(...a),
      tooLong: (...a) => ready().tooLong(...a),
      echo: (...a) => ready().echo(...a),
    },
  });
}
