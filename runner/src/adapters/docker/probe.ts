import { hostname, release, totalmem } from 'node:os';
import { err, failure, ok, type Result, type RuntimeFacts } from '@plumbline/contracts';
import type { DockerApi } from './api.ts';
import type { RunDocker } from './cli.ts';
import type { DaemonEndpoint } from './endpoint.ts';

/** What `uname -m` says -> what images call it (opencontainers/image-spec, "GOARCH"). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  armv6l: 'arm',
};

/** What the daemon and the docker command line tell of themselves (Engine API, `/version` and `/info`). Changes nothing. */
export async function probeRuntime(
  api: Pick<DockerApi, 'version' | 'info'>,
  docker: RunDocker,
  endpoint: () => Promise<Result<DaemonEndpoint>>,
): Promise<RuntimeFacts> {
  const [version, info, compose, where] = await Promise.all([
    api.version(),
    api.info(),
    docker(['compose', 'version', '--short']),
    endpoint(),
  ]);
  const told = (key: string) => (info.ok ? text(info.value[key], key) : info);
  const kernel = told('KernelVersion');
  const here: Result<boolean> = !where.ok
    ? where
    : info.ok
      ? mapped(kernel, () => sharesHost(where.value, info.value))
      : info;
  return {
    engine: version.ok ? ok(nameOf(version.value.Components)) : version,
    engineVersion: version.ok ? text(version.value.Version, 'Version') : version,
    apiVersion: version.ok ? text(version.value.ApiVersion, 'ApiVersion') : version,
    composeVersion: compose.ok ? text(compose.value.trim(), 'the version of compose') : compose,
    kernel,
    architecture: mapped(told('Architecture'), (machine) => ARCHITECTURES[machine] ?? machine),
    memory: info.ok ? number(info.value.MemTotal, 'MemTotal') : info,
    features: {
      cgroup: mapped(told('CgroupDriver'), (driver) => driver !== 'none'),
      host_binds: here,
      // A daemon of an ordinary user gives containers what that user sees of /proc.
      host_proc: here.ok && info.ok ? ok(here.value && !isRootless(info.value)) : here,
    },
  };
}

/** Podman speaks Docker's API, and is not Docker. */
function nameOf(components: unknown): string {
  const names = Array.isArray(components) ? components.map((one: { readonly Name?: unknown }) => String(one.Name)) : [];
  return names.some((name) => /podman/i.test(name)) ? 'podman' : 'docker';
}

/**
 * Whether a daemon runs on this very host, and so has its folders and processes. One behind a socket may be in a virtual
 * machine, with a kernel of its own, or this may be a container that the host's socket was put into, with a name of its
 * own; one behind a network is here where it has this host's name and memory as well.
 */
export function sharesHost({ local }: DaemonEndpoint, info: Record<string, unknown>): boolean {
  const { KernelVersion, Name, MemTotal } = info;
  return KernelVersion === release() && Name === hostname() && (local || MemTotal === totalmem());
}

function isRootless({ SecurityOptions }: Record<string, unknown>): boolean {
  return Array.isArray(SecurityOptions) && SecurityOptions.some((option) => String(option).includes('name=rootless'));
}

function text(value: unknown, what: string): Result<string> {
  return typeof value === 'string' && value !== '' ? ok(value) : untold(what);
}

function number(value: unknown, what: string): Result<number> {
  return typeof value === 'number' && value > 0 ? ok(value) : untold(what);
}

function untold(what: string): Result<never> {
  return err(failure('E_RUNTIME_ENGINE_UNREACHABLE', `the Docker daemon does not tell ${what}`));
}

function mapped<A, B>(fact: Result<A>, change: (value: A) => B): Result<B> {
  return fact.ok ? ok(change(fact.value)) : fact;
}
