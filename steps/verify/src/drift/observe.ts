import {
  type Artifact,
  err,
  failure,
  type Input,
  ok,
  type Result,
  type StepContext,
  sha256,
  within,
} from '@plumbline/contracts';
import { parseExposition } from '@plumbline/formats/exposition';
import { askJson, askText } from '../ask.ts';
import { type DashboardSeen, observeDashboards } from '../dashboards/observe.ts';

/** One rendered file of a service, and what is on the host in its place. */
export interface FileSeen {
  readonly path: string;
  readonly rendered: string;
  /** The text on the host; undefined where the file is missing. */
  readonly onHost: Result<Uint8Array | undefined>;
  /** The hash of what the service sees; undefined where it sees none. Not there on an engine without mounts. */
  readonly mounted?: { readonly path: string; readonly hash: Result<string | undefined> };
}

/** What a service tells of the configuration that it has loaded. */
export type LoadedSeen =
  | { readonly method: 'none' }
  | {
      readonly method: 'alloy-config-hash';
      readonly answer: Result<{ readonly sha256: string | undefined; readonly succeeded: boolean }>;
    }
  | { readonly method: 'loki-config' | 'prometheus-config'; readonly answer: Result<string> }
  | { readonly method: 'grafana-dashboards'; readonly answer: readonly DashboardSeen[] };

/** All that drift is judged by, for one service. */
export interface DriftSeen {
  readonly service: string;
  readonly files: readonly FileSeen[];
  /** Files in the store directory that were not rendered. */
  readonly extra: readonly string[];
  readonly loaded: LoadedSeen;
}

/** Reads each service's configuration where it was written, and asks the service which it has loaded. */
export async function observeDrift(context: StepContext): Promise<readonly DriftSeen[]> {
  const { ports, config, inputs } = context;
  const artifact = (inputs.artifact as Input<Artifact>).data;
  return Promise.all(
    Object.entries(artifact.services).map(async ([service, { store }]): Promise<DriftSeen> => {
      const folder = within(config.paths.deploy_root, store);
      const prefix = `${service}/`;
      const main = `${prefix}${config.stack.services[service]?.config.files[0]?.path}`;
      const own = artifact.files
        .filter((file) => file.path.startsWith(prefix))
        // The main file first: it is what the service is asked about.
        .sort((a, b) => Number(b.path === main) - Number(a.path === main));
      const mount = config.stack.services[service]?.config.mount ?? '';
      const inside = (file: { readonly path: string }) => `${mount}/${file.path.slice(prefix.length)}`;
      const mounted = own.length === 0 ? undefined : await observeMounted(service, own.map(inside), context);
      const files = await Promise.all(
        own.map(async (file) => {
          const path = within(folder, file.path.slice(prefix.length));
          const hash = mounted?.ok ? mounted.value.get(inside(file)) : mounted;
          const there = await ports.files.stat(path);
          const onHost =
            there.ok && there.value !== undefined ? await ports.files.read(path) : there.ok ? ok(undefined) : there;
          const view = hash === undefined ? {} : { mounted: { path: inside(file), hash } };
          return { path, rendered: file.sha256, onHost, ...view };
        }),
      );
      const present = await ports.files.list(folder);
      const known = own.map((file) => file.path.slice(prefix.length));
      const extra = present.ok ? present.value.filter((path) => !known.includes(path)) : [];
      const method = config.stack.services[service]?.loaded.method ?? 'none';
      return { service, files, extra, loaded: await askLoaded(method, context) };
    }),
  );
}

type Hashes = Result<ReadonlyMap<string, Result<string | undefined>>>;

/**
 * What a service sees: looked at from outside, and where this user may not, or the engine is on another host, told from
 * inside (features.md, decision 2). To look from inside starts a program there, which a diagnosis does not.
 */
async function observeMounted(
  service: string,
  paths: readonly string[],
  { ports: { engine }, mode }: StepContext,
): Promise<Hashes | undefined> {
  const seen = await engine.mounted?.(service, paths);
  if (seen === undefined) return undefined;
  const outside: Hashes = seen.ok ? ok(new Map([...seen.value].map(([path, found]) => [path, hashed(found)]))) : seen;
  const hidden = !outside.ok || [...outside.value.values()].some((found) => !found.ok);
  if (!hidden || mode === 'diagnose') return outside;
  const inside = await engine.hashesInside?.(service, paths);
  return inside?.ok ? inside : outside;
}

function hashed(found: Result<Uint8Array | undefined>): Result<string | undefined> {
  return found.ok ? ok(found.value && sha256(found.value)) : found;
}

async function askLoaded(method: string, context: StepContext): Promise<LoadedSeen> {
  const asking = { ...context.ports, signal: context.signal };
  if (method === 'alloy-config-hash') {
    const metrics = await askText(asking, 'collector_metrics');
    return { method, answer: metrics.ok ? configHash(metrics.value) : metrics };
  }
  if (method === 'loki-config') return { method, answer: await askText(asking, 'loki_config') };
  if (method === 'prometheus-config') {
    const answer = await askJson(asking, 'metrics_config');
    return { method, answer: answer.ok ? yamlOf(answer.value) : answer };
  }
  if (method === 'grafana-dashboards') return { method, answer: (await observeDashboards(context)).dashboards };
  return { method: 'none' };
}

/** The configuration in Prometheus's answer. */
function yamlOf(body: unknown): Result<string> {
  const yaml = (body as { data?: { yaml?: unknown } } | null)?.data?.yaml;
  if (typeof yaml === 'string') return ok(yaml);
  return err(failure('E_NETWORK_BAD_ANSWER', 'metrics_config: the answer holds no configuration'));
}

/**
 * What Alloy's metrics tell. The hash is of the file that it parsed, so the success of the load is asked for as well:
 * it sets the hash before it knows whether the components could be built.
 */
export function configHash(text: string): Result<{ readonly sha256: string | undefined; readonly succeeded: boolean }> {
  const parsed = parseExposition(text);
  if (!parsed.ok) return parsed;
  const sample = (name: string) => parsed.value.find((family) => family.name === name)?.samples[0];
  return ok({
    sha256: sample('alloy_config_hash')?.labels.sha256,
    succeeded: sample('alloy_config_last_load_successful')?.value === 1,
  });
}
