import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningService } from '@plumbline/contracts';
import { listeningPorts } from '../../runner/src/adapters/listening-ports.ts';
import { type Deployment, processesNaming } from './deployment.ts';
import { expected, loadedOf, type Version } from './kill-loaded.ts';

const ANSWER_MS = 20_000;
const END_MS = 15_000;

/** What is wrong with the services after a kill: each must be wholly of one of these versions, or down. */
export async function mixedServices(d: Deployment, versions: readonly Version[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const service of await observed(d)) {
    const own = versions.filter((v) => v.artifact.services[service.service]?.service_hash === service.serviceHash);
    if (own.length === 0) problems.push(`${service.service} runs with the hash of no version that was asked for`);
    else problems.push(...(await loadedAs(d, service, own)));
  }
  return problems;
}

/** What is wrong with the services after a good `up`: each must run as this version says, and nothing else may run. */
export async function unwantedServices(d: Deployment, version: Version): Promise<readonly string[]> {
  const running = await observed(d);
  const problems: string[] = [];
  for (const [name, { service_hash }] of Object.entries(version.artifact.services)) {
    const service = running.find((one) => one.service === name);
    if (service?.state !== 'running') problems.push(`${name} does not run`);
    else if (service.serviceHash !== service_hash) problems.push(`${name} runs with another hash`);
    else {
      if (expected(name, version) !== undefined && (await loadedOf(d, service)) === undefined)
        problems.push(`${name} does not say what it has loaded`);
      problems.push(...(await loadedAs(d, service, [version])));
    }
  }
  for (const { service } of running)
    if (version.artifact.services[service] === undefined) problems.push(`${service} runs and is not of the stack`);
  return [...problems, ...(await (d.docker === undefined ? strangers(d, known(d, running)) : strays(d, running)))];
}

/** The processes of a deployment that must be there. */
function known(d: Deployment, running: readonly RunningService[]): ReadonlySet<number> {
  const supervisor = JSON.parse(readFileSync(join(d.deployRoot, 'supervisor.json'), 'utf8')) as { pid: number };
  return new Set([supervisor.pid, ...running.map((service) => Number.parseInt(service.instance, 10))]);
}

/** Containers of the deployment, in whatever state, that are none of these services. */
async function strays({ docker, project }: Deployment, running: readonly RunningService[]): Promise<readonly string[]> {
  const filter = `label=com.docker.compose.project=${project}`;
  const all = await docker?.docker(
    'ps',
    '--all',
    '--no-trunc',
    '--filter',
    filter,
    '--format',
    '{{.ID}} {{.Names}} {{.State}}',
  );
  const lines = (all ?? '').split('\n').filter((line) => line !== '');
  const wanted = new Set(running.map(({ instance }) => instance));
  return lines.filter((line) => !wanted.has(line.split(' ')[0] ?? '')).map((line) => `container ${line} is left over`);
}

/** What is left of the services after a good `down`. */
export async function remains(d: Deployment): Promise<readonly string[]> {
  const ports = new Set(Object.values(d.ports));
  const open = (await listeningPorts()).filter(({ port }) => ports.has(port));
  const left = await (d.docker === undefined ? strangers(d, new Set()) : strays(d, []));
  return [...left, ...open.map(({ port }) => `port ${port} is still open`)];
}

/** What each service of the deploy root is, as its supervisor says. One that is just starting is waited for. */
export async function observed(d: Deployment): Promise<readonly RunningService[]> {
  if (!existsSync(d.deployRoot)) return [];
  for (const since = Date.now(); ; ) {
    const seen = await d.engine.observe();
    if (seen.ok) return seen.value;
    if (Date.now() - since > ANSWER_MS) throw new Error(seen.failure.message);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What it says that it has loaded counts only if it was the same process before and after it was asked. */
async function loadedAs(
  d: Deployment,
  service: RunningService,
  versions: readonly Version[],
): Promise<readonly string[]> {
  if (service.state !== 'running') return [];
  const loaded = await loadedOf(d, service);
  if (loaded === undefined || versions.some((version) => expected(service.service, version) === loaded)) return [];
  const now = (await observed(d)).find((one) => one.service === service.service);
  if (now?.instance !== service.instance) return [];
  const wanted = versions.map((version) => expected(service.service, version)).join(' or ');
  return [`${service.service} runs with the hash of ${wanted} and has loaded ${loaded}`];
}

/** Processes of the deployment that should not be there, once those that are just ending have ended. */
async function strangers(d: Deployment, known: ReadonlySet<number>): Promise<readonly string[]> {
  for (const since = Date.now(); ; ) {
    const found = processesNaming(d.root).filter((pid) => !known.has(pid));
    if (found.length === 0) return [];
    if (Date.now() - since > END_MS) return found.map((pid) => `process ${pid} is left over: ${nameOf(pid)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return 'ended meanwhile';
  }
}
