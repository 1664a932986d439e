import type { Artifact, RunningService } from '@plumbline/contracts';
import type { Observed } from './observe.ts';

/** One external change. `cause` says why it is needed. */
export type ApplyOp =
  | { readonly op: 'write_store'; readonly service: string; readonly store: string; readonly cause: string }
  | { readonly op: 'rewrite_store'; readonly service: string; readonly store: string; readonly cause: string }
  | {
      readonly op: 'write_secret';
      readonly service: string;
      readonly name: string;
      readonly bytes: number;
      readonly cause: string;
    }
  | { readonly op: 'write_generation'; readonly generation: string; readonly cause: string }
  | { readonly op: 'start'; readonly service: string; readonly cause: string }
  | { readonly op: 'replace'; readonly service: string; readonly cause: string }
  | { readonly op: 'await_ready'; readonly service: string; readonly cause: string }
  | { readonly op: 'stop'; readonly service: string; readonly cause: string }
  | { readonly op: 'flip_current'; readonly generation: string; readonly cause: string };

/** What must be done, in order; nothing where the host already is as the artifact describes. Pure. */
export function plan(observed: Observed): readonly ApplyOp[] {
  const { artifact, running, current, stores, damaged } = observed;
  const byName = new Map(running.map((service) => [service.service, service]));
  const ops: ApplyOp[] = [];
  for (const [service, { store }] of Object.entries(artifact.services)) {
    if (damaged.has(store))
      ops.push({ op: 'rewrite_store', service, store, cause: 'its files on this host were changed' });
    else if (!stores.has(store))
      ops.push({ op: 'write_store', service, store, cause: 'this configuration is new on this host' });
  }
  for (const { service, name, bytes } of observed.missingSecrets)
    ops.push({ op: 'write_secret', service, name, bytes, cause: 'this host has none yet' });
  const isCurrent = current === artifact.generation;
  if (!isCurrent) {
    const cause = current === undefined ? 'nothing is deployed' : `${current.slice(0, 12)} is deployed`;
    ops.push({ op: 'write_generation', generation: artifact.generation, cause });
  }
  for (const { service } of running) {
    if (artifact.services[service] === undefined)
      ops.push({ op: 'stop', service, cause: 'the stack no longer has it' });
  }
  for (const service of inOrder(artifact)) {
    const found = byName.get(service);
    if (found === undefined) ops.push({ op: 'start', service, cause: 'it does not run' });
    else {
      const cause = difference(found, observed);
      if (cause !== undefined) ops.push({ op: 'replace', service, cause });
      // A generation is current only when every service was seen to be ready in it: a run that was killed or failed
      // while it waited has not seen that.
      else if (!isCurrent || observed.unsettled.has(service))
        ops.push({ op: 'await_ready', service, cause: 'nobody has seen it ready yet' });
    }
  }
  if (!isCurrent)
    ops.push({
      op: 'flip_current',
      generation: artifact.generation,
      cause: 'every service runs as this generation describes',
    });
  return ops;
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

function difference(found: RunningService, observed: Observed): string | undefined {
  const { artifact, stores, programs, instances } = observed;
  const wanted = artifact.services[found.service];
  if (found.state !== 'running') return `it ended (${found.lastExit ?? 'unknown'})`;
  if (found.image !== wanted?.image) return `its image was ${found.image}`;
  if (found.serviceHash !== wanted.service_hash) return 'its configuration changed';
  if (found.programSha256 !== programs.get(found.service))
    return found.standIn ? "the stand-in's program changed" : 'the image behind its tag changed';
  // Not every service tells what it has loaded: where its files were not what they are named, it is started anew.
  if (!stores.has(wanted.store)) return 'it may have loaded files that were changed on this host';
  const instance = instances.get(found.service);
  if (instance !== undefined && instance !== found.instance) return 'it was started again since it was deployed';
  return undefined;
}
