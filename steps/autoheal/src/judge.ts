import { type Autoheal, type Bucket, bucketOf, type ErrorCode, type Report, taxonomy } from '@plumbline/contracts';
import { actionOf, consequencesOf } from './actions.ts';

type ActiveBucket = Autoheal['active_buckets'][number];

/** One error of one check of a report. */
interface Raised {
  readonly code: ErrorCode;
  readonly step: string;
  readonly check: string;
  readonly verdict: 'warn' | 'fail' | 'unknown';
  readonly message: string;
  readonly place?: string;
  readonly service?: string;
  readonly patch?: Readonly<Record<string, unknown>>;
}

/** Sorts what the reports of a run raised into buckets, causes before consequences, with one action a bucket. Pure. */
export function judge(runId: string, reports: readonly Report[]): Autoheal {
  const raised = reports.flatMap(errorsOf);
  const causeOf = new Map(raised.map((error) => [error, cause(error, raised)]));
  const buckets = Object.keys(taxonomy.buckets) as Bucket[];
  const active = buckets
    .filter((bucket) => raised.some((error) => bucketOf(error.code) === bucket))
    .map((bucket) => describe(bucket, raised, causeOf));
  // A bucket that follows from another comes after it, and one that only warns after one that fails.
  const rank = (b: ActiveBucket) => (b.follows_from === undefined ? 0 : 2) + (b.errors.some(decides) ? 0 : 1);
  const sorted = active
    .map((bucket, n) => ({ bucket, n }))
    .sort((a, b) => rank(a.bucket) - rank(b.bucket) || depth(a.bucket) - depth(b.bucket) || a.n - b.n)
    .map(({ bucket }) => bucket);
  return {
    schema_version: '1',
    run_id: runId,
    primary: sorted[0]?.bucket ?? null,
    active_buckets: sorted,
    resolved_buckets: buckets.filter((bucket) => !active.some((found) => found.bucket === bucket)),
  };
}

const decides = (error: { readonly verdict: string }): boolean => error.verdict !== 'warn';

/** How much a bucket's first cause explains of the rest of the taxonomy: who explains more comes first. */
const depth = (bucket: ActiveBucket): number => -consequencesOf(bucket.code as ErrorCode).size;

function errorsOf(report: Report): readonly Raised[] {
  return report.checks.flatMap(({ id, verdict, evidence, error }) => {
    if (error === undefined || verdict === 'pass' || verdict === 'skipped' || !(error.code in taxonomy.errors))
      return [];
    const { code, message, place, patch } = error;
    const service = evidence.service;
    return [
      {
        code: code as ErrorCode,
        step: report.step,
        check: id,
        verdict,
        message,
        ...(place === undefined ? {} : { place }),
        ...(typeof service === 'string' ? { service } : {}),
        ...(patch === undefined ? {} : { patch }),
      },
    ];
  });
}

/** The first cause of an error: the one among the others that explains it and is explained by none. */
function cause(error: Raised, raised: readonly Raised[]): Raised | undefined {
  const explaining = raised.filter((other) => explainsIt(other, error));
  return explaining.find((other) => !explaining.some((first) => explainsIt(first, other))) ?? explaining[0];
}

/** An error of one service explains no error of another. */
function explainsIt(one: Raised, other: Raised): boolean {
  const same = one.service === undefined || other.service === undefined || one.service === other.service;
  return same && consequencesOf(one.code).has(other.code);
}

function describe(
  bucket: Bucket,
  raised: readonly Raised[],
  causeOf: ReadonlyMap<Raised, Raised | undefined>,
): ActiveBucket {
  const own = raised.filter((error) => bucketOf(error.code) === bucket).sort(causesFirst(causeOf));
  const first = own[0] as Raised;
  const above = causeOf.get(first);
  const from = above !== undefined && bucketOf(above.code) !== bucket ? above : undefined;
  const { action, patch } = actionOf[first.code];
  const codes = [...new Set(own.map((error) => error.code))];
  return {
    bucket,
    error_codes: codes as [ErrorCode, ...ErrorCode[]],
    count: own.length,
    code: first.code,
    recommended_action:
      from === undefined
        ? `${action}: ${first.message}`
        : `Mend ${from.code} first (${from.check}); this follows from it`,
    example_patch: { ...(from === undefined ? (first.patch ?? patch) : actionOf[from.code].patch) },
    ...(from === undefined ? {} : { follows_from: { bucket: bucketOf(from.code), code: from.code } }),
    errors: own.map((error) => entry(error, raised, causeOf)) as ActiveBucket['errors'],
  };
}

function causesFirst(causeOf: ReadonlyMap<Raised, Raised | undefined>): (a: Raised, b: Raised) => number {
  const rank = (error: Raised) => (causeOf.get(error) === undefined ? 0 : 2) + (decides(error) ? 0 : 1);
  return (a, b) =>
    rank(a) - rank(b) ||
    Number(explainsIt(b, a)) - Number(explainsIt(a, b)) ||
    (a.code < b.code ? -1 : a.code > b.code ? 1 : 0);
}

function entry(
  error: Raised,
  raised: readonly Raised[],
  causeOf: ReadonlyMap<Raised, Raised | undefined>,
): ActiveBucket['errors'][number] {
  const { code, step, check, verdict, message, place } = error;
  const by = causeOf.get(error);
  return {
    code,
    step,
    check,
    verdict,
    message,
    ...(place === undefined ? {} : { place }),
    ...(by === undefined ? {} : { explained_by: by.check }),
    consequences: raised.filter((other) => causeOf.get(other) === error).map((other) => other.check),
  };
}
