import {
  type Access,
  checkSecrets,
  contractPath,
  type EnginePort,
  type HostPort,
  imagesLockFile,
  noDirectoryAt,
  ok,
  type Result,
  type StepContext,
} from '@plumbline/contracts';
import { readImagesLock } from '@plumbline/formats/images-lock';
import type { Observation, ObservedPath } from './observation.ts';
import { observeDrift, observePrevious } from './observe-deployed.ts';
import { canonicalPaths, observeDesired } from './observe-desired.ts';
import { observePipelines } from './observe-pipelines.ts';
import { observeScripts } from './observe-scripts.ts';

const MEGABYTE = 1024 * 1024;

/** Looks at the host, the configuration and what is deployed. Changes nothing. */
export async function observe(context: StepContext, tools: readonly string[]): Promise<Observation> {
  const { config, mode, interactive, ports, runDir, params } = context;
  const { files, host, engine } = ports;
  const { bootstrap, paths } = config;
  const lockFile = contractPath('deploy', 'lock', paths.deploy_root);
  const needed = [...new Set([...tools, ...(engine.tools ?? [])])].sort();
  const images = [...new Set(Object.values(bootstrap.image_pins))].sort();
  const asks = bootstrap.checks ?? {};
  const pipelines = await observePipelines(paths, files);
  // First: the engine waits for what is ending by itself, which would else be found in possession of its port.
  const running = await engine.observe();
  return {
    runId: runDir.split('/').at(-1) as string,
    mode,
    interactive: interactive === true,
    engine: engine.name,
    uid: host.uid,
    lockFile,
    lock: await host.lock(lockFile),
    paths: await observePaths(context),
    daemon: await engine.daemon?.(),
    runtime: await engine.probe?.(),
    tools: await Promise.all(needed.map(async (tool) => ({ tool, found: await host.which(tool) }))),
    ...(await observePorts(context)),
    running,
    images:
      engine.image === undefined
        ? undefined
        : await Promise.all(
            images.map(async (image) => ({ image, where: (await engine.image?.(image)) ?? ok('missing' as const) })),
          ),
    identities: engine.identity && (await Promise.all(images.map((image) => identify(image, engine)))),
    imagesLock: await readImagesLock(imagesLockFile(config), files),
    imagesLockFile: imagesLockFile(config),
    pipelines,
    desired: await observeDesired(context, await canonicalPaths(context)),
    previous: await observePrevious(context),
    stores: await observeDrift(config, files),
    secrets: await checkSecrets(config.secretsPolicy.secrets, paths.deploy_root, ports),
    firewall: asks.firewall === true ? await host.firewall() : undefined,
    journal: asks.journal === true ? await host.journal() : undefined,
    scripts: await observeScripts(pipelines, paths, files),
    freeBytes: await host.freeBytes(paths.deploy_root),
    availableMemory: await host.availableMemory(),
    minFree: Number(params.min_free_mb) * MEGABYTE,
  };
}

/** A container that starts or ends just then is known to one of the two looks, if it is not to both. */
async function observePorts({
  ports: { engine, host },
}: StepContext): Promise<Pick<Observation, 'listeners' | 'publishers'>> {
  const before = await engine.publishers?.();
  const listeners = await host.listening();
  const after = await engine.publishers?.();
  if (!before?.ok || !after?.ok) return { listeners, publishers: before?.ok ? after : before };
  return { listeners, publishers: ok([...before.value, ...after.value]) };
}

async function identify(image: string, engine: EnginePort) {
  return { image, found: (await engine.identity?.(image)) ?? ok(undefined) };
}

async function observePaths({ config, ports }: StepContext): Promise<readonly ObservedPath[]> {
  const { paths, bootstrap } = config;
  const named: readonly (readonly [string, string, 'read' | 'write'])[] = [
    ['repo_root', paths.repo_root, 'read'],
    ['stacks_dir', paths.stacks_dir, 'read'],
    ['pipelines_dir', paths.pipelines_dir, 'read'],
    ['output_dir', paths.output_dir, 'write'],
    ['deploy_root', paths.deploy_root, 'write'],
    ...bootstrap.sources.map((source) => {
      const path = source.root.startsWith('/') ? source.root : `${paths.repo_root}/${source.root}`;
      return [`sources.${source.name}`, path, 'read'] as const;
    }),
  ];
  return Promise.all(
    named.map(async ([name, path, need]) => {
      const found = await ports.host.access(path);
      if (need === 'read') return { name, path, need, found, blocked: await noDirectoryAt(path, ports.files) };
      if (!found.ok || found.value !== undefined) return { name, path, need, found };
      return { name, path, need, found, above: await nearest(parent(path), ports.host) };
    }),
  );
}

async function nearest(
  path: string,
  host: HostPort,
): Promise<{ readonly path: string; readonly found: Result<Access | undefined> }> {
  const found = await host.access(path);
  const end = !found.ok || found.value !== undefined || path === '/';
  return end ? { path, found } : nearest(parent(path), host);
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
