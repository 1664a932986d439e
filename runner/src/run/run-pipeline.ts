import {
  contractPath,
  err,
  type Failure,
  namingOf,
  ok,
  profileOf,
  type Result,
  type RunEvent,
  runFolder,
  type Summary,
} from '@plumbline/contracts';
import { createEventLog } from '../bundle/event-log.ts';
import { recordMissing } from '../bundle/missing-records.ts';
import { buildSummary } from '../bundle/summary.ts';
import { summaryText } from '../bundle/summary-text.ts';
import { checkPlace } from '../environment/check-places.ts';
import { resolvedPaths } from '../environment/effective.ts';
import { learnGraph, learnSecrets } from './learn-secrets.ts';
import { manifestHash } from './manifest-hash.ts';
import { metaOf, recordRefused, recordRun } from './record-run.ts';
import type { RunContext } from './run-context.ts';
import { runGraph } from './run-graph.ts';
import type { RunRequest, RunWorld } from './run-request.ts';

export type { RunRequest, RunWorld } from './run-request.ts';

/**
 * One run, from its lock to its line in the index: lock, bundle, steps, summary, record, unlock. A run that cannot have
 * its lock is recorded as busy and ends with that failure; so does one that has no place for its evidence.
 */
export async function runPipeline(request: RunRequest, world: RunWorld): Promise<Result<Summary>> {
  const { files, clock } = world;
  const { output_dir, deploy_root } = request.loaded.environment.paths;
  const startedAt = clock.now();
  const runDir = folderOf(request, startedAt);
  // Reports carry lines of the host's logs: they are their owner's alone, as the logs may be.
  const place = await files.makeDirectory(runDir, 0o700);
  if (!place.ok) return place;
  const alive = world.lock(contractPath('run', 'lock', runDir), request.runId, 0);
  if (!alive.ok) return refuse(alive.failure, request, startedAt, world);
  const lock = changes(request) ? await deployLock(deploy_root, request, world) : ok({ release: () => undefined });
  if (!lock.ok) {
    await files.remove(runDir);
    return refuse(lock.failure, request, startedAt, world);
  }
  try {
    const caughtUp = await recordMissing(output_dir, request.runId, world);
    if (!caughtUp.ok) return caughtUp;
    const heldLock = 'fd' in lock.value ? lock.value.fd : undefined;
    return await runLocked({ request, runDir, startedAt, heldLock }, world);
  } finally {
    lock.value.release();
    alive.value.release();
  }
}

/** Where the evidence of a run goes, by the naming of its environment. */
function folderOf({ runId, graph, loaded, about, branch = '' }: RunRequest, startedAt: number): string {
  const { bootstrap, paths } = loaded.environment;
  return runFolder(paths.output_dir, namingOf(bootstrap), {
    run_id: runId,
    pipeline: graph.pipeline,
    profile: profileOf(bootstrap),
    manifest_hash: manifestHash(graph, bootstrap),
    started_at: startedAt,
    user: about.user,
    branch,
  });
}

/** A refusal is recorded; where even that is not possible, it is told. */
async function refuse(cause: Failure, request: RunRequest, startedAt: number, world: RunWorld): Promise<Result<never>> {
  const { graph, about } = request;
  const refused = { ...request, pipeline: graph.pipeline, user: about.user, startedAt };
  const recorded = await recordRefused(refused, cause, world);
  if (!recorded.ok) request.emit({ type: 'failure', failure: recorded.failure });
  return err(cause);
}

/** Probing runs take no lock; a dry run changes nothing either. */
function changes({ graph, dryRun, mode }: RunRequest): boolean {
  if (dryRun || mode === 'diagnose') return false;
  return graph.nodes.some((node) => node.manifest.kind === 'changing' && node.manifest.effects.length > 0);
}

async function deployLock(deployRoot: string, request: RunRequest, { files, lock, clock }: RunWorld) {
  const place = request.loaded.environment.origins['/path_map/deploy_root'] ?? { file: deployRoot };
  const free = await checkPlace('deploy_root', deployRoot, place, files);
  if (!free.ok) return free;
  const there = await files.makeDirectory(deployRoot);
  if (!there.ok) return there;
  const holder = `run ${request.runId} (${request.graph.pipeline}, process ${process.pid}, since ${new Date(clock.now()).toISOString()})`;
  return lock(contractPath('deploy', 'lock', deployRoot), holder, 0);
}

interface Started {
  readonly request: RunRequest;
  readonly runDir: string;
  readonly startedAt: number;
  readonly heldLock: number | undefined;
}

async function runLocked(started: Started, world: RunWorld): Promise<Result<Summary>> {
  const { request, runDir, startedAt, heldLock } = started;
  const { files, clock, scrubber } = world;
  const { environment } = request.loaded;
  const runPath = runDir.slice(environment.paths.output_dir.length + 1);
  learnGraph(request.graph, world.hostEnvironment, environment.secretsPolicy, scrubber);
  await learnSecrets(environment.paths.deploy_root, { files, secrets: world.ports.secrets });
  const about = scrubber.value(metaOf(request, startedAt, runPath));
  const meta = await files.write(contractPath('run', 'meta', runDir), json(about));
  if (!meta.ok) return meta;
  const log = createEventLog(runDir, files, clock, scrubber);
  const emit = (event: RunEvent) => {
    const clean = scrubber.value(event);
    log.emit(clean);
    request.emit(clean);
  };
  const head = {
    run_id: request.runId,
    pipeline: request.graph.pipeline,
    environment: environment.name,
    engine: environment.bootstrap.engine,
    mode: request.mode,
  };
  emit({
    type: 'run_started',
    run_id: head.run_id,
    pipeline: head.pipeline,
    environment: head.environment,
    engine: head.engine,
    steps: request.graph.nodes.map((node) => node.id),
    waits_for: Object.fromEntries(request.graph.nodes.map((node) => [node.id, node.waitsFor])),
  });
  const context: RunContext = {
    runId: request.runId,
    runDir,
    environment,
    mode: request.mode,
    dryRun: request.dryRun,
    interactive: request.interactive === true,
    ports: world.ports,
    clock,
    scrubber,
    processes: world.processes,
    hostEnvironment: world.hostEnvironment,
    ...(heldLock === undefined ? {} : { heldLock }),
    emit,
  };
  const ends = await runGraph(request, context);
  const signal = request.endedBy();
  const endedAt = clock.now();
  const summarize = (logged: Result<void>) =>
    scrubber.value(
      buildSummary({
        head,
        startedAt,
        endedAt,
        steps: ends,
        next: request.next,
        ...(request.dryRun ? { paths: resolvedPaths(environment) } : {}),
        ...(signal === undefined ? {} : { signal }),
        ...(logged.ok ? {} : { eventsLost: logged.failure }),
      }),
    );
  let summary = summarize(await log.close());
  emit({
    type: 'run_ended',
    run_id: head.run_id,
    status: summary.status,
    exit_code: summary.exit_code,
    duration_ms: summary.duration_ms,
  });
  summary = summarize(await log.close());
  for (const [name, text] of [
    ['summary_text', summaryText(summary)],
    ['summary', json(summary)],
  ] as const) {
    const written = await files.write(contractPath('run', name, runDir), text);
    if (!written.ok) return written;
  }
  const recorded = await recordRun(summary, request, runPath, world);
  if (!recorded.ok) return recorded;
  request.recorded?.(recorded.value.hash);
  return ok(summary);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
