import { type Check, type CheckParts, failure, notPassed, passed, sha256 } from '@plumbline/contracts';
import { loadedCheck } from './loaded.ts';
import type { DriftSeen } from './observe.ts';

/** L8, drift (seed 002, P7): rendered = mounted = loaded, for each service. Pure. */
export function judgeDrift(seen: readonly DriftSeen[], engine: string): readonly Check[] {
  return seen.flatMap((service) => [renderedCheck(service), mountedCheck(service, engine), loadedCheck(service)]);
}

function renderedCheck({ service, files, extra }: DriftSeen): Check {
  const parts = (summary: string): CheckParts => ({
    id: `L8.${service}.rendered`,
    summary,
    evidence: { files: files.map(({ path, rendered }) => ({ path, rendered })), extra },
  });
  for (const { path, rendered, onHost } of files) {
    if (!onHost.ok) return notPassed(parts(`could not look: ${onHost.failure.message}`), 'unknown', onHost.failure);
    const found = onHost.value;
    if (found !== undefined && sha256(found) === rendered) continue;
    const summary = `${path} ${found === undefined ? 'is missing' : 'is not the file that was rendered'}`;
    return notPassed(parts(summary), 'fail', failure('E_PROOF_DRIFT_RENDERED', summary, { place: { file: path } }));
  }
  if (extra.length > 0) {
    const summary = `${extra[0]} of ${service} was not rendered`;
    return notPassed(parts(summary), 'fail', failure('E_PROOF_DRIFT_RENDERED', summary));
  }
  return passed(
    parts(
      `the ${files.length === 1 ? 'file' : `${files.length} files`} of ${service} on the host ${files.length === 1 ? 'is' : 'are'} as rendered`,
    ),
  );
}

/** By the file that was rendered, not by what is on the host: a mount may be of a file that is no longer there. */
function mountedCheck({ service, files }: DriftSeen, engine: string): Check {
  const id = `L8.${service}.mounted`;
  if (files.length === 0)
    return passed({ id, summary: `${service} has no configuration file to be mounted` }, 'skipped');
  const seen = files.flatMap(({ mounted, rendered }) => (mounted === undefined ? [] : [{ ...mounted, rendered }]));
  if (seen.length === 0) {
    const summary = `the engine ${engine} has no mounts: ${service} opens the file on the host itself`;
    return passed({ id, summary }, 'skipped');
  }
  const parts = (summary: string): CheckParts => ({
    id,
    summary,
    evidence: {
      service,
      files: seen.map(({ path, rendered, hash }) => ({ path, rendered, mounted: (hash.ok && hash.value) || null })),
    },
  });
  for (const { path, hash, rendered } of seen) {
    if (!hash.ok) return notPassed(parts(`could not look: ${hash.failure.message}`), 'unknown', hash.failure);
    if (hash.value === rendered) continue;
    const what = hash.value === undefined ? 'has no' : 'sees another file than was rendered as';
    const summary = `${service} ${what} ${path}`;
    return notPassed(parts(summary), 'fail', failure('E_PROOF_DRIFT_MOUNTED', summary));
  }
  const count = seen.length === 1 ? 'the file' : `the ${seen.length} files`;
  return passed(parts(`${service} sees ${count} that ${seen.length === 1 ? 'was' : 'were'} rendered`));
}
