import {
  type Check,
  type Environment,
  failure,
  type Listener,
  type Publisher,
  placeOf,
  type RunningService,
} from '@plumbline/contracts';
import { bad, doubtful, good, skipped, unseen } from './check.ts';
import type { Observation } from './observation.ts';

const MEGABYTE = 1024 * 1024;
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** A run that changes something holds the lock while it looks; its own does not count. */
export function judgeLock({ lock, lockFile, runId }: Observation): Check {
  if (!lock.ok) return unseen('lock', lock.failure);
  const { held, holder } = lock.value;
  const evidence = { file: lockFile, held };
  if (!held) return good('lock', 'no other run is active here', evidence);
  if (holder.startsWith(`run ${runId} `)) return good('lock', 'this run holds the lock', { ...evidence, holder });
  const who = holder === '' ? 'its holder has not said who it is' : holder;
  return bad('lock', failure('E_ENV_LOCKED', `another run holds ${lockFile}: ${who}`), { ...evidence, holder });
}

/** Every port that a service is to publish is free, or is this deployment's own. */
export function judgePorts(seen: Observation, environment: Environment): Check {
  const { bootstrap } = environment;
  const evidence = { ports: bootstrap.ports };
  if (!seen.listeners.ok) return unseen('ports', seen.listeners.failure, evidence);
  if (!seen.running.ok) return unseen('ports', seen.running.failure, evidence);
  const portsOf = (services: readonly RunningService[]) =>
    new Set(services.map(({ address }) => Number(address.split(':').at(-1))));
  const own = portsOf(seen.running.value.filter(({ state }) => state === 'running'));
  // Between two of its starts it may have its port, and its engine lists it with none.
  const flapping = portsOf(seen.running.value.filter(({ restarting }) => restarting));
  const bound = bootstrap.bind_address ?? '127.0.0.1';
  const reaches = ({ host }: Pick<Listener, 'host'>) => host === bound || everywhere.has(host) || everywhere.has(bound);
  const publishers = seen.publishers?.ok ? seen.publishers.value.filter(reaches) : undefined;
  const taken = Object.entries(bootstrap.ports).flatMap(([service, port]) => {
    const other = seen.listeners.ok && seen.listeners.value.find((l) => l.port === port && reaches(l));
    if (!other || own.has(port)) return [];
    const who = holder(other, publishers);
    return who.own || (who.left && flapping.has(port)) ? [] : [{ service, port, by: who.by, left: who.left }];
  });
  const [first] = taken;
  if (first === undefined)
    return good('ports', `${Object.keys(bootstrap.ports).length} ports are free or our own`, evidence);
  const message = taken
    .map(({ service, port, by }) => `${service} needs ${bound}:${port}, which is in use${by}`)
    .join('; ');
  const place = placeOf(environment, `/ports/${first.service}`);
  const hint = taken.some(({ left }) => left) ? { hint: LEFT_HINT } : {};
  const cause = failure('E_RUNTIME_PORT_CONFLICT', message, { place, ...hint });
  return bad('ports', cause, { ...evidence, taken, ...(taken.length === 1 ? { service: first.service } : {}) });
}

/** What listens for a container, a process of the daemon's for each port, and for nothing else. */
const FOR_CONTAINER = 'docker-proxy';
const LEFT_HINT =
  'a Docker daemon that was killed while it started a container holds its port when it is back, until it is restarted (moby/moby#20486): `sudo systemctl restart docker`';

/** Who has a port: the container, where one publishes it, else the process; `left`: the engine holds it for none that it lists. */
function holder({ port, process }: Listener, publishers: readonly Publisher[] | undefined) {
  const publisher = publishers?.find((one) => one.port === port);
  if (publisher !== undefined)
    return { by: ` by the container ${publisher.container}`, own: publisher.own, left: false };
  if (process === undefined) return { by: '', own: false, left: false };
  const left = publishers !== undefined && process.name === FOR_CONTAINER;
  const by = ` by ${process.name} (process ${process.pid})${left ? ', for no container' : ''}`;
  return { by, own: false, left };
}

export function judgeFirewall({ firewall }: Observation): Check {
  if (firewall === undefined) return skipped('firewall', 'the environment does not ask for a firewall');
  if (!firewall.ok) return unseen('firewall', firewall.failure);
  if (firewall.value === 'active') return good('firewall', 'UFW is active');
  const what = firewall.value === 'absent' ? 'UFW is not installed' : 'UFW is not active';
  return bad('firewall', failure('E_ENV_FIREWALL_INACTIVE', what), { firewall: firewall.value });
}

export function judgeJournal({ journal }: Observation): Check {
  if (journal === undefined) return skipped('journal', 'the environment does not ask for a lasting journal');
  if (!journal.ok) return unseen('journal', journal.failure);
  if (journal.value === 'persistent') return good('journal', 'the journal survives a reboot');
  return bad('journal', failure('E_ENV_JOURNAL_VOLATILE', 'the journal is kept in memory only'));
}

/** Space for what is deployed, and memory for what runs. It is a warning: how much will be needed is a guess. */
export function judgeResources({ freeBytes, availableMemory, minFree }: Observation): Check {
  if (!freeBytes.ok) return unseen('resources', freeBytes.failure);
  if (!availableMemory.ok) return unseen('resources', availableMemory.failure);
  const megabytes = (bytes: number) => Math.floor(bytes / MEGABYTE);
  const evidence = { free_mb: megabytes(freeBytes.value), memory_mb: megabytes(availableMemory.value) };
  const summary = `${evidence.free_mb} MB of disk and ${evidence.memory_mb} MB of memory are free`;
  if (freeBytes.value >= minFree && availableMemory.value >= minFree / 2) return good('resources', summary, evidence);
  return doubtful('resources', failure('E_ENV_RESOURCES_LOW', `only ${summary}`), evidence);
}
