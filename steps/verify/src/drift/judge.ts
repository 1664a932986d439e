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

function mountedCheck({ service }: DriftSeen, engine: string): Check {
  const summary = `the engine ${engine} has no mounts: ${service} opens the file on the host itself`;
  return passed({ id: `L8.${service}.mounted`, summary }, 'skipped');
}
