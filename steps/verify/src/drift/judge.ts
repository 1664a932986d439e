import { type Check, type CheckParts, failure, notPassed, passed, sha256 } from '@plumbline/contracts';
import { parseYaml } from '@plumbline/formats/yaml';
import { differences } from './differences.ts';
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

function loadedCheck({ service, files, loaded }: DriftSeen): Check {
  const parts = (summary: string, evidence: Readonly<Record<string, unknown>> = {}): CheckParts => ({
    id: `L8.${service}.loaded`,
    summary,
    evidence,
  });
  const drift = (summary: string, evidence: Readonly<Record<string, unknown>>) =>
    notPassed(parts(summary, evidence), 'fail', failure('E_PROOF_DRIFT_LOADED', summary));
  if (loaded.method === 'none')
    return passed(parts(`${service} does not tell which configuration it has loaded`), 'skipped');
  if (!loaded.answer.ok)
    return notPassed(parts(`could not look: ${loaded.answer.failure.message}`), 'unknown', loaded.answer.failure);
  const file = files[0];
  if (loaded.method === 'alloy-config-hash') {
    const { sha256: hash, succeeded } = loaded.answer.value;
    const evidence = { rendered: file?.rendered, loaded: hash ?? null, last_load_succeeded: succeeded };
    if (hash !== file?.rendered)
      return drift(`${service} has loaded another configuration than was rendered`, evidence);
    return succeeded
      ? passed(parts(`${service} has loaded what was rendered`, evidence))
      : drift(`the last load of ${service} failed`, evidence);
  }
  const rendered =
    file?.onHost.ok && file.onHost.value !== undefined
      ? parseYaml(new TextDecoder().decode(file.onHost.value), file.path)
      : undefined;
  const answered = parseYaml(loaded.answer.value, `the answer of ${service}`);
  if (rendered === undefined || !rendered.ok || !answered.ok) {
    const summary = `could not compare: ${service} or its file did not give YAML`;
    return notPassed(parts(summary), 'unknown', failure('E_NETWORK_BAD_ANSWER', summary));
  }
  const found = differences(rendered.value.value, answered.value.value);
  if (found.length === 0) return passed(parts(`${service} has loaded every key that was rendered`));
  return drift(`${service} has loaded ${found.length} keys other than rendered: ${found[0]}`, {
    differences: found.slice(0, 20),
  });
}
