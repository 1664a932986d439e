import { type Check, type CheckParts, type Failure, failure, hashOf, notPassed, passed } from '@plumbline/contracts';
import { parseYaml } from '@plumbline/formats/yaml';
import type { Dashboard, DashboardSeen } from '../dashboards/observe.ts';
import { differences } from './differences.ts';
import type { DriftSeen, FileSeen } from './observe.ts';

const SHOWN = 20;
/** Keys of a dashboard that Grafana sets itself. */
const OWN_KEYS = ['id', 'version', 'uid'];

/** Whether a service has loaded what was rendered, by its own account (features.md, decision 10). Pure. */
export function loadedCheck(seen: DriftSeen): Check {
  const { service, files, loaded } = seen;
  const say = sayer(service);
  switch (loaded.method) {
    case 'none':
      return passed(
        { id: `L8.${service}.loaded`, summary: `${service} does not tell which configuration it has loaded` },
        'skipped',
      );
    case 'alloy-config-hash':
      return loaded.answer.ok ? byHash(loaded.answer.value, files[0], say) : say.unknown(loaded.answer.failure);
    case 'loki-config':
    case 'prometheus-config':
      return loaded.answer.ok ? byKeys(loaded.answer.value, files[0], say) : say.unknown(loaded.answer.failure);
    case 'grafana-dashboards':
      return byDashboards(loaded.answer, say);
  }
}

type Evidence = Readonly<Record<string, unknown>>;

/** The three things that can be said of one service. */
interface Sayer {
  readonly service: string;
  pass(summary: string, evidence?: Evidence): Check;
  drift(summary: string, evidence: Evidence): Check;
  unknown(cause: Failure): Check;
}

function sayer(service: string): Sayer {
  const parts = (summary: string, evidence: Evidence = {}): CheckParts => ({
    id: `L8.${service}.loaded`,
    summary,
    evidence,
  });
  return {
    service,
    pass: (summary, evidence) => passed(parts(summary, evidence)),
    drift: (summary, evidence) => notPassed(parts(summary, evidence), 'fail', failure('E_PROOF_DRIFT_LOADED', summary)),
    unknown: (cause) => notPassed(parts(`could not look: ${cause.message}`), 'unknown', cause),
  };
}

function byHash(
  answer: { readonly sha256: string | undefined; readonly succeeded: boolean },
  file: FileSeen | undefined,
  say: Sayer,
): Check {
  const evidence = { rendered: file?.rendered, loaded: answer.sha256 ?? null, last_load_succeeded: answer.succeeded };
  if (answer.sha256 !== file?.rendered)
    return say.drift(`${say.service} has loaded another configuration than was rendered`, evidence);
  if (!answer.succeeded) return say.drift(`the last load of ${say.service} failed`, evidence);
  return say.pass(`${say.service} has loaded what was rendered`, evidence);
}

function byKeys(answer: string, file: FileSeen | undefined, say: Sayer): Check {
  const onHost = file?.onHost.ok ? file.onHost.value : undefined;
  const rendered = onHost === undefined ? undefined : parseYaml(new TextDecoder().decode(onHost), file?.path ?? '');
  const answered = parseYaml(answer, `the answer of ${say.service}`);
  if (rendered === undefined || !rendered.ok || !answered.ok) {
    return say.unknown(failure('E_NETWORK_BAD_ANSWER', `${say.service} or its file did not give YAML`));
  }
  const found = differences(rendered.value.value, answered.value.value);
  if (found.length === 0) return say.pass(`${say.service} has loaded every key that was rendered`);
  const summary = `${say.service} has loaded ${found.length} keys other than rendered: ${found[0]}`;
  return say.drift(summary, { differences: found.slice(0, SHOWN) });
}

/** A dashboard that is not loaded at all is L5's to fail. */
function byDashboards(dashboards: readonly DashboardSeen[], say: Sayer): Check {
  const other: string[] = [];
  for (const { uid, rendered, loaded } of dashboards) {
    if (!rendered.ok) return say.unknown(rendered.failure);
    if (!loaded.ok) return say.unknown(loaded.failure);
    if (loaded.value !== undefined && content(loaded.value) !== content(rendered.value)) other.push(uid);
  }
  if (other.length === 0) return say.pass(`${say.service} has loaded the dashboards that were rendered`);
  return say.drift(`${say.service} has loaded other dashboards than were rendered: ${other.join(', ')}`, { other });
}

function content(dashboard: Dashboard): string {
  return hashOf(Object.fromEntries(Object.entries(dashboard).filter(([key]) => !OWN_KEYS.includes(key))));
}
