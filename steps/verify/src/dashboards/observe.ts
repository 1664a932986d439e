import {
  type Artifact,
  err,
  failure,
  type Input,
  ok,
  type Result,
  type StepContext,
  within,
} from '@plumbline/contracts';
import { askingAs, askJson } from '../ask.ts';

/** A dashboard as a file or an answer holds it. */
export type Dashboard = Readonly<Record<string, unknown>>;

/** One dashboard of the stack: what was rendered, and what is loaded. */
export interface DashboardSeen {
  readonly uid: string;
  readonly file: string;
  readonly rendered: Result<Dashboard>;
  /** undefined where the service has no dashboard of that uid. */
  readonly loaded: Result<Dashboard | undefined>;
}

/** What L5 is judged by. */
export interface DashboardsSeen {
  readonly dashboards: readonly DashboardSeen[];
  /** Uids that the search gives. */
  readonly found: Result<readonly string[]>;
}

/** Reads each dashboard's file on the host, asks for it by its uid, and asks the search for all of them. */
export async function observeDashboards(context: StepContext): Promise<DashboardsSeen> {
  const { config, ports, inputs } = context;
  const artifact = (inputs.artifact as Input<Artifact>).data;
  const folder = within(config.paths.deploy_root, `${artifact.services.grafana?.store}`);
  const asking = await askingAs('grafana', context);
  const dashboards: DashboardSeen[] = [];
  for (const { uid, file } of config.stack.dashboards) {
    const text = await ports.files.readText(within(folder, file));
    const loaded = asking.ok ? await askJson(asking.value, 'dashboard', {}, { uid }) : asking;
    dashboards.push({
      uid,
      file,
      rendered: text.ok ? parse(text.value, file) : text,
      loaded: loaded.ok ? dashboardOf(loaded.value) : absent(loaded),
    });
  }
  const search = asking.ok ? await askJson(asking.value, 'dashboard_search', { type: 'dash-db' }) : asking;
  return { dashboards, found: search.ok ? uidsOf(search.value) : search };
}

function parse(text: string, file: string): Result<Dashboard> {
  try {
    return ok(JSON.parse(text) as Dashboard);
  } catch {
    return err(failure('E_PROOF_DRIFT_RENDERED', `${file} is not whole JSON`, { place: { file } }));
  }
}

/** Grafana answers 404 for a uid that it does not have: that is a finding, not a failure to look. */
function absent(answer: Result<unknown>): Result<undefined> {
  if (answer.ok || answer.failure.message.startsWith('dashboard answered 404')) return ok(undefined);
  return answer;
}

function dashboardOf(body: unknown): Result<Dashboard> {
  const dashboard = (body as { dashboard?: unknown } | null)?.dashboard;
  if (dashboard !== null && typeof dashboard === 'object') return ok(dashboard as Dashboard);
  return err(failure('E_NETWORK_BAD_ANSWER', 'dashboard: the answer holds no dashboard'));
}

/** The uids of a search's answer, each part of it checked. */
export function uidsOf(body: unknown): Result<readonly string[]> {
  const uids = Array.isArray(body) ? body.map((row) => (row as { uid?: unknown } | null)?.uid) : undefined;
  if (uids?.every((uid) => typeof uid === 'string')) return ok(uids);
  return err(failure('E_NETWORK_BAD_ANSWER', 'dashboard_search: the answer is not a list of dashboards'));
}
