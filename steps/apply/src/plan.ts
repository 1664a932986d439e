import {
  type Artifact,
  contractName,
  hashOf,
  type RunningService,
  type ServiceChange,
  startedAgain,
} from '@plumbline/contracts';
import type { Observed } from './observe.ts';
import type { ApplyOp } from './operation.ts';
import { secretWrites, taken, versionOf } from './plan-secrets.ts';

/** What is to be done about one service, and why. */
export type Change = Pick<ServiceChange, 'change' | 'cause'>;

/** What must be done, in order, and what that is for each service. */
export interface Plan {
  readonly ops: readonly ApplyOp[];
  readonly services: Readonly<Record<string, Change>>;
  /** SHA-256 of the generation and the operations in canonical JSON: who has looked at a plan can ask for that one. */
  readonly sha256: string;
}

/**
 * What must be done; nothing where the host already is as the artifact describes. It follows from what is seen on the
 * host alone, so a deployment that was killed is finished by the same plan that would begin it. `heal` names services
 * that a proof found broken, with what it said: they are replaced though nothing about them differs. Pure.
 */
export function plan(observed: Observed, heal: ReadonlyMap<string, string> = new Map()): Plan {
  const { artifact, current, running } = observed;
  const services = changes(observed, heal);
  const isCurrent = current === artifact.generation;
  const ops: ApplyOp[] = [
    ...retags(observed, services),
    ...pulls(observed, services),
    ...writes(observed),
    ...sweeps(observed),
    ...checks(observed, services),
  ];
  for (const { service } of running) {
    const gone = services[service];
    if (gone?.change === 'remove') ops.push({ op: 'stop', service, cause: gone.cause });
  }
  for (const service of inOrder(artifact)) {
    const { change, cause } = services[service] as Change;
    if (change === 'create') ops.push({ op: 'start', service, cause });
    else if (change === 'replace')
      ops.push({ op: 'replace', service, cause, irreversible: opensData(service, observed) });
    // A generation is current only when every service was seen to be ready in it: a run that was killed or failed while
    // it waited has not seen that.
    else if (!isCurrent || observed.journal.unsettled.has(service))
      ops.push({ op: 'await_ready', service, cause: 'nobody has seen it ready yet' });
    ops.push(...taken(service, observed));
  }
  const { generation } = artifact;
  if (!isCurrent || ops.length > 0 || !observed.provenanceKept)
    ops.push({ op: 'write_provenance', generation, cause: 'what runs is kept with the generation' });
  if (!isCurrent)
    ops.push({ op: 'flip_current', generation, cause: 'every service runs as this generation describes' });
  return { ops, services, sha256: hashOf({ generation, ops }) };
}

/** Images that a service is about to be started from and that are not on this host. */
function pulls(observed: Observed, services: Readonly<Record<string, Change>>): readonly ApplyOp[] {
  const images = startedFrom(observed.artifact, services, (name) => !observed.programs.has(name));
  return images.map((image) => ({ op: 'pull', image, cause: 'it is not on this host' }));
}

/** Compose starts a service from a name: one that stands for another image by now is given back first. */
function retags({ artifact, misnamed }: Observed, services: Readonly<Record<string, Change>>): readonly ApplyOp[] {
  return startedFrom(artifact, services).flatMap((image) => {
    const id = misnamed.get(image);
    return id === undefined
      ? []
      : [{ op: 'retag', image, id, cause: 'its name stands for another image, or for none' }];
  });
}

/** The images that services are about to be started from, each once, sorted. */
function startedFrom(
  { services: wanted }: Artifact,
  services: Readonly<Record<string, Change>>,
  counts: (service: string) => boolean = () => true,
): readonly string[] {
  const started = Object.entries(wanted).filter(
    ([name]) => counts(name) && ['create', 'replace'].includes(services[name]?.change ?? ''),
  );
  return [...new Set(started.map(([, { image }]) => image))].sort();
}

/** A daemon on another host may have another folder of that name, or none: nothing is started on it before that is known. */
function checks({ artifact, remote }: Observed, services: Readonly<Record<string, Change>>): readonly ApplyOp[] {
  const first = inOrder(artifact).find((name) => ['create', 'replace'].includes(services[name]?.change ?? ''));
  const image = first === undefined ? undefined : artifact.services[first]?.image;
  return remote && image !== undefined
    ? [{ op: 'check_root', image, cause: 'the daemon may see other folders than this host has' }]
    : [];
}

/** Compose cannot start a service whose name a container that never ran has taken, or removes the wrong one of the two. */
function sweeps({ strays }: Observed): readonly ApplyOp[] {
  return strays.map(({ id, name }) => ({
    op: 'remove_stray',
    container: id,
    name,
    cause: 'a change that was cut off left it',
  }));
}

/** What is written before any service is touched. */
function writes({ artifact, current, kept, ...seen }: Observed): readonly ApplyOp[] {
  const ops: ApplyOp[] = [];
  if (!seen.claimed)
    ops.push({ op: 'claim_root', project: artifact.project, cause: 'the deploy root is nobody’s yet' });
  if (!seen.probe)
    ops.push({
      op: 'make_probe',
      path: contractName('deploy', 'probe'),
      cause: 'the proof writes its lines there',
    });
  for (const path of seen.leftovers) ops.push({ op: 'sweep', path, cause: 'a write that was cut off left it' });
  for (const [service, { store }] of Object.entries(artifact.services)) {
    if (seen.damaged.has(store))
      ops.push({ op: 'rewrite_store', service, store, cause: 'its files on this host were changed' });
    else if (!seen.stores.has(store))
      ops.push({ op: 'write_store', service, store, cause: 'this configuration is new on this host' });
    else if (seen.unsealed.has(store))
      ops.push({ op: 'seal_store', service, store, cause: 'its files could be written' });
  }
  ops.push(...secretWrites(seen.secrets));
  if (!kept) {
    const before = current === undefined ? 'nothing is deployed' : `${current.slice(0, 12)} is deployed`;
    const cause = current === artifact.generation ? 'what is kept of it was changed' : before;
    ops.push({ op: 'write_generation', generation: artifact.generation, cause });
  }
  if (!seen.versionsKept)
    ops.push({
      op: 'write_versions',
      generation: artifact.generation,
      cause: 'each service mounts its secrets by their version',
    });
  return ops;
}

function changes(observed: Observed, heal: ReadonlyMap<string, string>): Record<string, Change> {
  const { artifact, running } = observed;
  const found: Record<string, Change> = {};
  const byName = new Map(running.map((service) => [service.service, service]));
  for (const service of Object.keys(artifact.services)) {
    const seen = byName.get(service);
    if (seen === undefined) {
      found[service] = { change: 'create', cause: 'it does not run' };
      continue;
    }
    const cause = difference(seen, observed) ?? heal.get(service);
    found[service] =
      cause === undefined
        ? { change: 'keep', cause: 'it runs as the artifact describes' }
        : { change: 'replace', cause };
  }
  for (const { service } of running)
    if (artifact.services[service] === undefined)
      found[service] = { change: 'remove', cause: 'the stack no longer has it' };
  return found;
}

/**
 * The order of starting: each service after those that it waits for. The environment's loader has refused circles; an
 * artifact that was given by its path must not hang on one.
 */
export function inOrder(artifact: Artifact): readonly string[] {
  const done: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string) => {
    const service = artifact.services[name];
    if (service === undefined || seen.has(name)) return;
    seen.add(name);
    service.after.forEach(visit);
    done.push(name);
  };
  Object.keys(artifact.services).forEach(visit);
  return done;
}

/** Whether another version of a service will open data that a rollback leaves as it then is. */
function opensData(service: string, { artifact, running }: Observed): boolean {
  const wanted = artifact.services[service];
  const found = running.find((one) => one.service === service);
  return (wanted?.volumes.length ?? 0) > 0 && found?.image !== wanted?.image;
}

function difference(found: RunningService, observed: Observed): string | undefined {
  const { artifact, stores, programs, deployed, journal } = observed;
  const wanted = artifact.services[found.service];
  if (found.state !== 'running') return `it ended (${found.lastExit ?? 'unknown'})`;
  if (found.image !== wanted?.image) return `its image was ${found.image}`;
  if (found.serviceHash !== wanted.service_hash) return 'its configuration changed';
  if (versionOf(found.service, observed) !== undefined && found.secrets !== versionOf(found.service, observed))
    return 'its secrets have a new version';
  const program = programs.get(found.service);
  if (program !== undefined && found.programSha256 !== program)
    return found.standIn ? "the stand-in's program changed" : 'the image behind its tag changed';
  // Not every service tells what it has loaded: where its files were not what they are named, it is started anew.
  if (!stores.has(wanted.store) || journal.suspect.has(found.service))
    return 'it may have loaded files that were changed on this host';
  const before = deployed.get(found.service);
  // What was deployed with another configuration says nothing of this instance.
  if (before?.service_hash === found.serviceHash && startedAgain(found, before))
    return 'it was started again since it was deployed';
  return undefined;
}
