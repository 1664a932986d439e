import { type Artifact, type Input, ok, type Result, type StepContext } from '@plumbline/contracts';
import { parseExposition } from '@plumbline/formats/exposition';
import { type Asking, askText } from '../ask.ts';

/** One rendered file of a service, and what is on the host in its place. */
export interface FileSeen {
  readonly path: string;
  readonly rendered: string;
  /** The text on the host; undefined where the file is missing. */
  readonly onHost: Result<Uint8Array | undefined>;
}

/** What a service tells of the configuration that it has loaded. */
export type LoadedSeen =
  | { readonly method: 'none' }
  | {
      readonly method: 'alloy-config-hash';
      readonly answer: Result<{ readonly sha256: string | undefined; readonly succeeded: boolean }>;
    }
  | { readonly method: 'loki-config'; readonly answer: Result<string> };

/** All that drift is judged by, for one service. */
export interface DriftSeen {
  readonly service: string;
  readonly files: readonly FileSeen[];
  /** Files in the store directory that were not rendered. */
  readonly extra: readonly string[];
  readonly loaded: LoadedSeen;
}

/** Reads each service's configuration where it was written, and asks the service which it has loaded. */
export async function observeDrift({ ports, config, inputs, signal }: StepContext): Promise<readonly DriftSeen[]> {
  const artifact = (inputs.artifact as Input<Artifact>).data;
  return Promise.all(
    Object.entries(artifact.services).map(async ([service, { store }]): Promise<DriftSeen> => {
      const folder = `${config.paths.deploy_root}/${store}`;
      const prefix = `${service}/`;
      const own = artifact.files.filter((file) => file.path.startsWith(prefix));
      const files = await Promise.all(
        own.map(async (file) => {
          const path = `${folder}/${file.path.slice(prefix.length)}`;
          const there = await ports.files.stat(path);
          const onHost =
            there.ok && there.value !== undefined ? await ports.files.read(path) : there.ok ? ok(undefined) : there;
          return { path, rendered: file.sha256, onHost };
        }),
      );
      const present = await ports.files.list(folder);
      const known = own.map((file) => file.path.slice(prefix.length));
      const extra = present.ok ? present.value.filter((path) => !known.includes(path)) : [];
      const method = config.stack.services[service]?.loaded.method ?? 'none';
      return { service, files, extra, loaded: await askLoaded(method, { ...ports, signal }) };
    }),
  );
}

async function askLoaded(method: string, asking: Asking): Promise<LoadedSeen> {
  if (method === 'alloy-config-hash') {
    const metrics = await askText(asking, 'collector_metrics');
    return { method, answer: metrics.ok ? configHash(metrics.value) : metrics };
  }
  if (method === 'loki-config') return { method, answer: await askText(asking, 'loki_config') };
  return { method: 'none' };
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
