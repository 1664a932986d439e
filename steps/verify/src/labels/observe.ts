import {
  type Artifact,
  type Environment,
  err,
  failure,
  type Input,
  ok,
  type Result,
  type StepContext,
  within,
} from '@plumbline/contracts';
import { type Asking, askJson } from '../ask.ts';
import { lookUntil } from '../until.ts';

const RANGE_NS = 3_600_000_000_000n;
const LIMIT_MS = 30_000;
const EVERY_MS = 500;

/** The labels of one stream. */
export type Stream = Readonly<Record<string, string>>;

/** What the label contract is judged by. */
export interface LabelsSeen {
  /** Streams of the last hour, or why they could not be asked for. */
  readonly streams: Result<readonly Stream[]>;
  /** The collector's configuration as deployed, or why it could not be read. */
  readonly collector: Result<{ readonly text: string; readonly file: string }>;
}

/** Asks the store for its streams, and reads the collector's deployed configuration. */
export async function observeLabels({ ports, config, inputs, signal, emit }: StepContext): Promise<LabelsSeen> {
  const jobs = declaredJobs(config);
  const { seen: streams } = await lookUntil(() => askStreams({ ...ports, signal }, ports.clock.nowNs()), {
    clock: ports.clock,
    signal,
    text: 'a first line of a declared source',
    limitMs: LIMIT_MS,
    everyMs: EVERY_MS,
    // Just after a first deployment the store is still empty: that is early, not wrong.
    unfinished: (found) => found.ok && !found.value.some((stream) => jobs.has(stream.job ?? '')),
    emit,
  });
  const artifact = inputs.artifact as Input<Artifact>;
  const collector = config.stack.probe.collector;
  const service = config.stack.services[collector];
  const main = service?.config.files.find((file) => file.format === 'alloy');
  const file = within(within(config.paths.deploy_root, `${artifact.data.services[collector]?.store}`), `${main?.path}`);
  const text = await ports.files.readText(file);
  return { streams, collector: text.ok ? ok({ text: text.value, file }) : text };
}

/** The jobs of the environment's sources and of the proof. */
export function declaredJobs({ bootstrap, stack }: Environment): ReadonlySet<string | undefined> {
  return new Set([...bootstrap.sources.map((source) => source.labels.job), stack.probe.labels.job]);
}

async function askStreams(asking: Asking, nowNs: string): Promise<Result<readonly Stream[]>> {
  const now = BigInt(nowNs);
  const query = { 'match[]': '{service_name=~".+"}', start: String(now - RANGE_NS), end: String(now) };
  const answer = await askJson(asking, 'series', query);
  return answer.ok ? streamsOf(answer.value) : answer;
}

/** The streams of a `series` answer, each part of it checked. Loki leaves `data` out where there are none. */
export function streamsOf(body: unknown): Result<readonly Stream[]> {
  const { status, data = [] } = (body ?? {}) as { status?: unknown; data?: unknown };
  if (status !== 'success') return bad(`status is ${JSON.stringify(status)}, not "success"`);
  if (!Array.isArray(data)) return bad('data is not a list');
  const good = data.every(
    (stream) =>
      stream !== null && typeof stream === 'object' && Object.values(stream).every((v) => typeof v === 'string'),
  );
  return good ? ok(data as readonly Stream[]) : bad('a stream is not a set of labels');
}

function bad(message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', `series: ${message}`));
}
