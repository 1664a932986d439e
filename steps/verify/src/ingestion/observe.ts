import {
  contractPath,
  type EndpointHealth,
  err,
  isoTime,
  isoTimeOfNs,
  ok,
  type Ports,
  type Result,
  type Sample,
  type StepContext,
  within,
} from '@plumbline/contracts';
import { type CollectorView, observeCollector } from './collector.ts';
import { lineNumber, type Marker, makeMarker } from './marker.ts';
import { type HostFile, observeOnHost, writtenSince } from './on-host.ts';
import { type Entry, queryRange } from './query.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** The store's clock may be a little behind the host's. */
const START_SLACK_NS = 60_000_000_000n;
const SAMPLE_RANGE_NS = 86_400_000_000_000n;
const SAMPLE_LINES = 3;
const SHOWN_LINE = 200;
/** A file is looked at again, and what was read of it sent, within less than this all together. */
const LATE_TRIES = 15;
const LATE_PAUSE_MS = 1_000;

/** One query of the proof, as the report keeps it (seed 002, P14). */
export interface Attempt {
  readonly attempt: number;
  readonly at: string;
  readonly query: string;
  readonly start_ns: string;
  readonly end_ns: string;
  readonly result_count: number;
  readonly wall_clock_s: number;
  readonly problem?: string;
}

/** All that the ingestion proof saw. */
export interface Ingestion {
  readonly path: readonly EndpointHealth[];
  /** Absent where the path was down, and in diagnose: nothing was written then. */
  readonly proof?: {
    readonly marker: Marker;
    readonly file: string;
    readonly attempts: readonly Attempt[];
    readonly found: readonly Entry[];
    readonly timedOut: boolean;
    readonly limitS: number;
  };
  readonly collector?: CollectorView;
  /** Source -> lines of it that the store gave back. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
  /** Source -> its files on the host, by the collector's path. */
  readonly onHost?: Readonly<Record<string, Readonly<Record<string, HostFile>>>>;
}

type Context = Pick<StepContext, 'config' | 'mode' | 'signal' | 'emit'> &
  Partial<Pick<StepContext, 'dryRun'>> & { readonly ports: Ports };

/** Writes the marker where the collector reads and asks the store until it is there or the wall clock has run out. */
export async function observeIngestion(context: Context): Promise<Result<Ingestion>> {
  const { config, ports, signal } = context;
  const { store, collector } = config.stack.probe;
  const onPath = ports.health.endpoints.filter((e) => e.ready && (e.service === store || e.service === collector));
  const path = await Promise.all(onPath.map((endpoint) => ports.health.check(endpoint, { signal, tries: 3 })));
  if (path.some((endpoint) => !endpoint.healthy)) return ok({ path, samples: {} });
  if (context.mode === 'diagnose' || context.dryRun) return ok({ path, ...(await observeSources(context)) });
  const marker = makeMarker(config, ports.secrets);
  const file = within(contractPath('deploy', 'probe', config.paths.deploy_root), config.stack.probe.file);
  const written = await ports.files.append(file, marker.lines.map((line) => `${line.text}\n`).join(''));
  if (!written.ok) return err(written.failure);
  const proof = await poll(marker, context);
  return ok({ path, proof: { marker, file, ...proof }, ...(await observeSources(context)) });
}

/** What is there without anything being written: the collector's own account, and the newest lines of each source. */
async function observeSources(context: Context): Promise<Pick<Ingestion, 'collector' | 'samples' | 'onHost'>> {
  const { config, ports, signal } = context;
  const names = [...config.bootstrap.sources.map((source) => source.name), 'probe'];
  const collector = await observeCollector(names, { ...ports, signal });
  const samples: Record<string, readonly Sample[]> = {};
  const onHost: Record<string, Readonly<Record<string, HostFile>>> = {};
  for (const source of config.bootstrap.sources) {
    const tailed = collector.sources[source.name] ?? [];
    const seen = await observeOnHost(tailed, source, ports.files);
    onHost[source.name] = seen;
    let found = await sample(source.labels, context);
    // What was written just now is on its way.
    for (let n = 0; n < LATE_TRIES && !signal.aborted && writtenSince(tailed, seen, found).length > 0; n += 1) {
      await ports.clock.sleep(LATE_PAUSE_MS, signal);
      found = await sample(source.labels, context);
    }
    samples[source.name] = found;
  }
  return { collector, samples, onHost };
}

async function poll(marker: Marker, { config, ports, signal, emit }: Context) {
  const { clock } = ports;
  const limitS = config.bootstrap.limits?.proof_timeout_s ?? 120;
  const started = clock.now();
  const deadline = started + limitS * 1000;
  const startNs = String(BigInt(clock.nowNs()) - START_SLACK_NS);
  // Asked by marker alone: a line under other labels must be found too, to be told from a line that is not there.
  const query = `{service_name=~".+"} |= "${marker.id}"`;
  const attempts: Attempt[] = [];
  let found: readonly Entry[] = [];
  let pause = FIRST_PAUSE_MS;
  let paused = 0;
  emit({
    type: 'waiting',
    text: `${marker.lines.length} marked lines to come back from the store`,
    until: isoTime(deadline),
  });
  for (;;) {
    const at = clock.now();
    // The end moves with every attempt: a frozen one would never see a line that came late.
    const endNs = String(BigInt(clock.nowNs()) + 1_000_000_000n);
    const answer = await queryRange({ query, startNs, endNs, limit: 1000 }, ports, signal);
    if (answer.ok) found = answer.value;
    attempts.push({
      attempt: attempts.length + 1,
      at: isoTime(at),
      query,
      start_ns: startNs,
      end_ns: endNs,
      result_count: answer.ok ? answer.value.length : 0,
      wall_clock_s: (clock.now() - started) / 1000,
      ...(answer.ok ? {} : { problem: answer.failure.message }),
    });
    const seen = new Set(found.map((entry) => lineNumber(marker, entry.line)));
    if (answer.ok && marker.lines.every((line) => seen.has(line.n)))
      return { attempts, found, timedOut: false, limitS };
    // A clock that stands still, or is set back, must not make the proof endless: the pauses count too.
    const waited = Math.max(clock.now() - started, paused);
    if (signal.aborted || waited + pause > limitS * 1000) return { attempts, found, timedOut: true, limitS };
    await clock.sleep(pause, signal);
    paused += pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function sample(
  labels: Readonly<Record<string, string>>,
  { ports, signal }: Context,
): Promise<readonly Sample[]> {
  const selector = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const now = BigInt(ports.clock.nowNs());
  const range = {
    query: `{${selector.join(',')}}`,
    startNs: String(now - SAMPLE_RANGE_NS),
    endNs: String(now + 1_000_000_000n),
    limit: SAMPLE_LINES,
  };
  const answer = await queryRange(range, ports, signal);
  if (!answer.ok) return [];
  return answer.value.map((entry) => ({
    stream: streamText(entry.labels),
    at: isoTimeOfNs(entry.ts),
    line: ports.secrets.clean(entry.line).slice(0, SHOWN_LINE),
  }));
}

function streamText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;
}
