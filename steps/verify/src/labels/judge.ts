import {
  type Check,
  type CheckParts,
  type Environment,
  type Failure,
  failure,
  notPassed,
  passed,
  type Result,
} from '@plumbline/contracts';
import { judgeCollector } from './collector-graph.ts';
import { declaredJobs, type LabelsSeen, type Stream } from './observe.ts';

const SHOWN = 5;

/** L4, the label contract (seed 002, P15): labels, cardinality, allowlists, redaction. Pure. */
export function judgeLabels(seen: LabelsSeen, config: Environment): readonly Check[] {
  return [...judgeStreams(seen.streams, config), ...judgeCollector(seen.collector, config)];
}

function judgeStreams(streams: Result<readonly Stream[]>, config: Environment): readonly Check[] {
  if (!streams.ok)
    return [couldNotLook('L4.required', streams.failure), couldNotLook('L4.cardinality', streams.failure)];
  const { required, max_values, max_streams } = config.stack.labels;
  const jobs = declaredJobs(config);
  const ours = streams.value.filter((stream) => jobs.has(stream.job ?? ''));
  return [
    requiredCheck(ours, required),
    cardinalityCheck(streams.value, max_values),
    streamsCheck(streams.value, max_streams),
  ];
}

function requiredCheck(streams: readonly Stream[], required: readonly string[]): Check {
  const parts = (summary: string, evidence: object): CheckParts => ({
    id: 'L4.required',
    summary,
    evidence: { required, ...evidence },
  });
  if (streams.length === 0) {
    const summary = 'no stream of a declared source in the last hour: there is nothing to see labels on';
    return notPassed(parts(summary, {}), 'unknown', failure('E_PROOF_LABEL_MISSING', summary));
  }
  const lacking = streams.flatMap((stream) => {
    const missing = required.filter((name) => !stream[name]);
    return missing.length === 0 ? [] : [{ stream, missing }];
  });
  if (lacking.length === 0)
    return passed(parts(`${streams.length} streams carry ${required.join(', ')}`, { streams: streams.length }));
  const names = [...new Set(lacking.flatMap((l) => l.missing))].join(', ');
  const summary = `${lacking.length} of ${streams.length} streams lack ${names}`;
  return notPassed(
    parts(summary, { lacking: lacking.slice(0, SHOWN) }),
    'fail',
    failure('E_PROOF_LABEL_MISSING', summary),
  );
}

function cardinalityCheck(streams: readonly Stream[], limit: number): Check {
  const values = new Map<string, Set<string>>();
  for (const stream of streams) {
    for (const [name, value] of Object.entries(stream)) values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const counts = Object.fromEntries([...values].map(([name, set]) => [name, set.size]));
  const over = Object.entries(counts).filter(([, count]) => count > limit);
  const parts = (summary: string): CheckParts => ({ id: 'L4.cardinality', summary, evidence: { limit, counts } });
  if (over.length === 0) return passed(parts(`no label has more than ${limit} values`));
  const summary = `too many values: ${over.map(([name, count]) => `${name} has ${count}`).join(', ')}; the limit is ${limit}`;
  return notPassed(parts(summary), 'fail', failure('E_PROOF_CARDINALITY', summary));
}

function streamsCheck(streams: readonly Stream[], limit: number): Check {
  const parts = (summary: string): CheckParts => ({
    id: 'L4.streams',
    summary,
    evidence: { limit, streams: streams.length },
  });
  if (streams.length <= limit)
    return passed(parts(`${streams.length} streams in the last hour, at most ${limit} allowed`));
  const summary = `${streams.length} streams in the last hour; the limit is ${limit}`;
  return notPassed(parts(summary), 'fail', failure('E_PROOF_CARDINALITY', summary));
}

function couldNotLook(id: string, cause: Failure): Check {
  return notPassed({ id, summary: `could not look: ${cause.message}` }, 'unknown', cause);
}
