import {
  type Bootstrap,
  type Check,
  type CheckParts,
  type Environment,
  type Failure,
  failure,
  notPassed,
  passed,
  REDACTED,
} from '@plumbline/contracts';
import { expectedLabels, wrongLabels } from './labels.ts';
import { lastSeen } from './last-seen.ts';
import { lineNumber, type Marker } from './marker.ts';
import type { Ingestion } from './observe.ts';
import { asOnHost, writtenSince } from './on-host.ts';

/** So many characters in a row of a random secret are in no line by chance. */
const TELLING_PART = 8;

type Proof = NonNullable<Ingestion['proof']>;

/** L3, the ingestion proof (seed 002, P13 and P14): arrival, labels, redaction, and each source. Pure. */
export function judgeIngestion(seen: Ingestion, config: Environment): readonly Check[] {
  const down = seen.path.filter((endpoint) => !endpoint.healthy).map((endpoint) => endpoint.endpoint.service);
  if (seen.proof === undefined && down.length === 0) {
    const summary = 'diagnose writes no marked line: only what is there already was looked at';
    return [passed({ id: 'L3.arrival', summary }, 'skipped'), ...sourceChecks(seen, config)];
  }
  if (seen.proof === undefined) {
    const summary = `the proof could not be made: ${[...new Set(down)].join(' and ')} did not answer`;
    const evidence = { path: seen.path.map(({ url, attempts }) => ({ url, attempts })) };
    return [notPassed({ id: 'L3.arrival', summary, evidence }, 'unknown', failure('E_PROOF_PATH_DOWN', summary))];
  }
  const checks = [arrival(seen.proof, seen, config)];
  if (seen.proof.found.length > 0) checks.push(labels(seen.proof, config), ...redaction(seen.proof, config));
  return [...checks, ...sourceChecks(seen, config)];
}

function sourceChecks(seen: Ingestion, config: Environment): readonly Check[] {
  return [...config.bootstrap.sources.map((source) => sourceCheck(source, seen)), droppedCheck(seen)];
}

function arrival(proof: Proof, seen: Ingestion, config: Environment): Check {
  const { marker, attempts, found } = proof;
  const counts = countLines(proof);
  const missing = marker.lines.filter((line) => !counts.has(line.n));
  const repeated = marker.lines.filter((line) => (counts.get(line.n) ?? 0) > 1);
  const evidence = {
    marker: marker.id,
    file: proof.file,
    attempts,
    found: found.length,
    expected: marker.lines.length,
    limit_s: proof.limitS,
  };
  const seconds = attempts.at(-1)?.wall_clock_s ?? 0;
  const parts = (summary: string): CheckParts => ({ id: 'L3.arrival', summary, evidence });
  if (missing.length > 0) {
    // What could not be looked for at the end of the time may have been there.
    const problem = attempts.at(-1)?.problem;
    if (problem !== undefined) {
      const summary = `the store could not be asked: ${problem}`;
      return notPassed(parts(summary), 'unknown', failure('E_NETWORK_BAD_ANSWER', summary));
    }
    const where = lastSeen(proof, seen.collector, config);
    const summary = `${missing.length} of ${marker.lines.length} marked lines did not arrive within ${proof.limitS} s; last seen ${where}`;
    return notPassed(
      parts(summary),
      'fail',
      failure('E_PROOF_MARKER_MISSING', summary, {
        evidence: { last_seen: where, missing: missing.map((line) => line.n) },
      }),
    );
  }
  if (repeated.length > 0) {
    const summary = `${repeated.length} marked lines are in the store more than once`;
    return notPassed(parts(summary), 'fail', failure('E_PROOF_MARKER_REPEATED', summary));
  }
  return passed(
    parts(
      `${marker.lines.length} marked lines written to a file came back by query after ${seconds.toFixed(1)} s, each once`,
    ),
  );
}

function countLines({ marker, found }: Proof): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const entry of found) {
    const n = lineNumber(marker, entry.line);
    if (n !== undefined) counts.set(n, (counts.get(n) ?? 0) + 1);
  }
  return counts;
}

function labels(proof: Proof, config: Environment): Check {
  const expected = expectedLabels(config);
  const wrong = proof.found.flatMap((entry) => wrongLabels(entry.labels, expected));
  const evidence = {
    expected,
    streams: [...new Set(proof.found.map((entry) => JSON.stringify(entry.labels)))].map(
      (text) => JSON.parse(text) as unknown,
    ),
  };
  if (wrong.length === 0)
    return passed({ id: 'L3.labels', summary: 'the lines carry the labels that their source declares', evidence });
  const summary = `the lines came back under other labels: ${[...new Set(wrong)].join(', ')}`;
  return notPassed({ id: 'L3.labels', summary, evidence }, 'fail', failure('E_PROOF_LABELS_WRONG', summary));
}

function redaction(proof: Proof, config: Environment): readonly Check[] {
  const { marker, found } = proof;
  return marker.lines
    .filter((line) => line.rule !== undefined)
    .flatMap((line) => {
      const lines = found.filter((entry) => lineNumber(marker, entry.line) === line.n).map((entry) => entry.line);
      return lines.length === 0 ? [] : [redactionRule(line.rule as string, lines, marker, config)];
    });
}

function redactionRule(rule: string, lines: readonly string[], marker: Marker, config: Environment): Check {
  const { replacement } = config.secretsPolicy;
  const shown = lines.map((line) => line.replaceAll(marker.secret, REDACTED));
  const parts = (summary: string): CheckParts => ({ id: `L3.redaction.${rule}`, summary, evidence: { stored: shown } });
  const exposed = lines.some((line) => holdsPartOf(marker.secret, line));
  if (!exposed && lines.every((line) => line.includes(replacement)))
    return passed(parts(`a planted secret is masked (${rule})`));
  const summary = exposed
    ? `a planted secret is readable in the store (rule ${rule})`
    : `the line of rule ${rule} came back without its secret and without ${replacement}`;
  return notPassed(parts(summary), 'fail', failure('E_PROOF_SECRET_EXPOSED', summary));
}

/** A rule that masks only the start of a secret has not masked it. */
function holdsPartOf(secret: string, line: string): boolean {
  for (let n = 0; n + TELLING_PART <= secret.length; n += 1)
    if (line.includes(secret.slice(n, n + TELLING_PART))) return true;
  return false;
}

function sourceCheck(source: Bootstrap['sources'][number], seen: Ingestion): Check {
  const files = seen.collector?.sources[source.name];
  const samples = seen.samples[source.name] ?? [];
  const unreadable = (files ?? []).filter((file) => !file.running).map((file) => asOnHost(file, source));
  const parts = (summary: string): CheckParts => ({
    id: `L3.source.${source.name}`,
    required: false,
    summary,
    evidence: {
      files:
        files?.map((file) => ({
          ...file,
          path: asOnHost(file, source),
          on_host: seen.onHost?.[source.name]?.[file.path] ?? null,
        })) ?? null,
      samples,
    },
  });
  if (files === undefined) {
    const cause: Failure = failure(
      'E_NETWORK_BAD_ANSWER',
      `the collector does not tell which files it reads for ${source.name}`,
    );
    return notPassed(parts(cause.message), 'unknown', cause);
  }
  const policy = source.unreadable ?? 'warn';
  if (unreadable.length > 0 && policy !== 'skip') {
    const summary = `${unreadable.length} of ${files.length} files of ${source.name} cannot be read: ${unreadable.slice(0, 3).join(', ')}`;
    const cause = failure('E_ENV_SOURCE_UNREADABLE', summary, { place: { file: unreadable[0] as string } });
    return notPassed({ ...parts(summary), required: policy === 'fail' }, policy, cause);
  }
  const readable = files.length - unreadable.length;
  const left =
    unreadable.length === 0 ? '' : `; ${unreadable.length} that cannot be read are left out, as the environment says`;
  if (readable === 0) return passed(parts(`no readable file matches ${source.name}${left}`), 'skipped');
  const bytes = files.reduce((sum, file) => sum + file.offset, 0);
  const onHost = seen.onHost?.[source.name] ?? {};
  const unread = files.filter((file) => onHost[file.path]?.holdsLine).map((file) => asOnHost(file, source));
  if (bytes === 0 && unread.length > 0) {
    const summary = `${unread.length} files of ${source.name} hold lines, and the collector has read none of them: ${unread.slice(0, 3).join(', ')}`;
    return notPassed(parts(summary), 'unknown', failure('E_PROOF_MARKER_MISSING', summary));
  }
  const since = writtenSince(files, onHost, samples).map((file) => asOnHost(file, source));
  if (since.length > 0) {
    const summary = `${since.length} files of ${source.name} were written to and read after the newest line that comes back by query (${samples[0]?.at}): ${since.slice(0, 3).join(', ')}`;
    return notPassed(parts(summary), 'warn', failure('E_PROOF_MARKER_MISSING', summary));
  }
  if (samples.length > 0)
    return passed(
      parts(
        `${filesAre(readable, source.root)} collected (${bytes} bytes read), and lines of them come back by query${left}`,
      ),
    );
  if (bytes === 0)
    return passed(parts(`${filesAre(readable, source.root)} watched; there is no complete line yet${left}`), 'skipped');
  const cause = failure(
    'E_PROOF_MARKER_MISSING',
    `${bytes} bytes of ${source.name} were read, but no line of the last 24 hours comes back by query`,
  );
  return notPassed(parts(cause.message), 'warn', cause);
}

function droppedCheck(seen: Ingestion): Check {
  const dropped = seen.collector?.dropped;
  const total = Object.values(dropped ?? {}).reduce((sum, n) => sum + n, 0);
  const parts = (summary: string): CheckParts => ({
    id: 'L3.dropped',
    required: false,
    summary,
    evidence: { dropped: dropped ?? null },
  });
  if (dropped === undefined) {
    const cause = failure('E_NETWORK_BAD_ANSWER', 'the collector does not tell what it dropped');
    return notPassed(parts(cause.message), 'unknown', cause);
  }
  if (total === 0) return passed(parts('the collector dropped no line'));
  const reasons = Object.entries(dropped).map(([reason, n]) => `${n} for ${reason}`);
  const summary = `the collector dropped ${total} lines since it started: ${reasons.join(', ')}`;
  return notPassed(parts(summary), 'warn', failure('E_PROOF_LINES_DROPPED', summary));
}

function filesAre(count: number, root: string): string {
  return count === 1 ? `1 file of ${root} is` : `${count} files of ${root} are`;
}
