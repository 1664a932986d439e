import type { RuntimeFacts } from './engine-port.ts';
import { type Failure, failure } from './failure.ts';
import type { Bootstrap, Stack } from './generated/types.ts';
import type { Result } from './result.ts';

/** What a stack requires of the engine that runs it. */
export type RuntimeRequirements = NonNullable<Stack['requirements']>;

/** One requirement beside what is there. */
export interface RuntimeFinding {
  /** As in stack.json; a feature is `features.<name>`. */
  readonly requirement: string;
  readonly wanted: string;
  /** null: it could not be told. */
  readonly found: string | null;
  readonly verdict: 'pass' | 'warn' | 'fail' | 'unknown';
}

/** Whether a runtime is what a stack requires. */
export interface RuntimeFit {
  readonly findings: readonly RuntimeFinding[];
  /** The worst of the findings. */
  readonly verdict: RuntimeFinding['verdict'];
  /** Why it is not, or cannot be told to be. E_RUNTIME_INCOMPATIBLE only where something is known to be missing. */
  readonly failure?: Failure;
}

/**
 * Holds a runtime against what a stack requires of it (seed 001, runtime requirements). What is unmet or could not be told
 * fails under `strict` and warns under `warn`; another engine, and a major below that of the engine or its API, fails
 * under both. Pure.
 */
export function judgeRuntime(
  wanted: RuntimeRequirements,
  facts: RuntimeFacts,
  policy: NonNullable<Bootstrap['runtime_policy']> = 'strict',
): RuntimeFit {
  const asked = questions(wanted, facts);
  const findings = asked.map((question): RuntimeFinding => {
    const { requirement, fact, met } = question;
    const found = fact.ok ? fact.value : null;
    return { requirement, wanted: question.wanted, found, verdict: verdictOf(met, question.hard, policy) };
  });
  const verdict = (['fail', 'unknown', 'warn'] as const).find((one) => findings.some((f) => f.verdict === one));
  if (verdict === undefined) return { findings, verdict: 'pass' };
  return { findings, verdict, failure: causeOf(asked) };
}

type Met = 'yes' | 'no' | 'other_major' | 'untold';

interface Question {
  readonly requirement: string;
  readonly wanted: string;
  readonly fact: Result<string>;
  readonly met: Met;
  /** What no policy lets through. */
  readonly hard: readonly Met[];
}

function verdictOf(met: Met, hard: readonly Met[], policy: 'strict' | 'warn'): RuntimeFinding['verdict'] {
  if (met === 'yes') return 'pass';
  if (hard.includes(met)) return 'fail';
  if (policy === 'warn') return 'warn';
  return met === 'untold' ? 'unknown' : 'fail';
}

function questions(wanted: RuntimeRequirements, facts: RuntimeFacts): readonly Question[] {
  const atLeast = (requirement: string, version: string, fact: Result<string>, hard: readonly Met[] = []): Question => {
    return {
      requirement,
      wanted: `${version} or newer`,
      fact,
      met: fact.ok ? compare(fact.value, version) : 'untold',
      hard,
    };
  };
  const oneOf = (
    requirement: string,
    words: readonly string[],
    fact: Result<string>,
    hard: readonly Met[] = [],
  ): Question => {
    const met = fact.ok ? (words.includes(fact.value) ? 'yes' : 'no') : 'untold';
    return { requirement, wanted: words.join(' or '), fact, met, hard };
  };
  const bytes = wanted.min_memory_mb * MEGABYTE;
  return [
    oneOf('engine', [wanted.engine], facts.engine, ['no']),
    atLeast('min_engine_version', wanted.min_engine_version, facts.engineVersion, ['other_major']),
    atLeast('min_api_version', wanted.min_api_version, facts.apiVersion, ['other_major']),
    atLeast('min_compose_version', wanted.min_compose_version, facts.composeVersion),
    atLeast('min_kernel', wanted.min_kernel, facts.kernel),
    oneOf('architectures', wanted.architectures, facts.architecture),
    {
      requirement: 'min_memory_mb',
      wanted: `${wanted.min_memory_mb} MiB`,
      fact: mapped(facts.memory, (there) => `${Math.floor(there / MEGABYTE)} MiB`),
      met: facts.memory.ok ? (facts.memory.value >= bytes ? 'yes' : 'no') : 'untold',
      hard: [],
    },
    ...wanted.features.map((name) => {
      const fact = mapped(facts.features[name], (there) => (there ? 'there' : 'not there'));
      return oneOf(`features.${name}`, ['there'], fact);
    }),
  ];
}

const MEGABYTE = 1024 * 1024;

function mapped<T>(fact: Result<T>, say: (value: T) => string): Result<string> {
  return fact.ok ? { ok: true, value: say(fact.value) } : fact;
}

/** `20.10.24+dfsg1`, `v2.26.1-4` and `6.1.0-18-amd64` as their numbers; what does not begin with one tells nothing. */
function numbers(version: string): readonly [number, number, number] | undefined {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  return found === null ? undefined : [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)];
}

function compare(found: string, least: string): Met {
  const [a, b] = [numbers(found), numbers(least)];
  if (a === undefined || b === undefined) return 'untold';
  const differs = a.findIndex((part, n) => part !== b[n]);
  if (differs === -1 || (a[differs] as number) > (b[differs] as number)) return 'yes';
  return differs === 0 ? 'other_major' : 'no';
}

/** What is known to be missing comes first: who mends that may then see what could not be told. */
function causeOf(asked: readonly Question[]): Failure {
  const say = ({ requirement, wanted, fact }: Question) =>
    fact.ok
      ? `${requirement}: ${wanted} is wanted, ${fact.value} was found`
      : `${requirement}: ${fact.failure.message}`;
  const unmet = asked.filter(({ met }) => met === 'no' || met === 'other_major');
  const untold = asked.filter(({ met }) => met === 'untold');
  const evidence = { unmet: unmet.map(say), untold: untold.map(say) };
  if (unmet.length > 0)
    return failure(
      'E_RUNTIME_INCOMPATIBLE',
      `the runtime is not what the stack requires: ${unmet.map(say).join('; ')}`,
      {
        evidence,
      },
    );
  const told = untold.flatMap(({ fact }) => (fact.ok ? [] : [fact.failure]));
  const [first] = told;
  const names = untold.map(({ requirement }) => requirement).join(', ');
  // A version that is no version tells nothing either, and nothing has failed that could be named.
  if (first === undefined)
    return failure(
      'E_RUNTIME_INCOMPATIBLE',
      `the runtime does not tell whether it fits: ${untold.map(say).join('; ')}`,
      {
        evidence,
      },
    );
  const message = `cannot tell whether the runtime fits (${names}): ${first.message}`;
  return { ...first, message, evidence: { ...first.evidence, ...evidence } };
}
