import {
  bucketOf,
  type Failure,
  failureExit,
  ok,
  profileOf,
  type Result,
  type RunMeta,
  type RunRecord,
  type Summary,
} from '@plumbline/contracts';
import { elapsedMs } from '../bundle/elapsed.ts';
import { appendRecord } from '../bundle/run-index.ts';
import { recordedProfile, recordOf } from '../bundle/summary.ts';
import type { RunRequest, RunWorld } from './run-request.ts';

/** meta.json: what is known of a run before it begins. Pure. */
export function metaOf(
  { runId, graph, loaded, mode, interactive, about }: RunRequest,
  startedAt: number,
  runPath: string,
): RunMeta {
  const { environment, configSha256 } = loaded;
  const profile = profileOf(environment.bootstrap);
  return {
    schema_version: '1',
    run_id: runId,
    pipeline: graph.pipeline,
    environment: environment.name,
    config_file: environment.file,
    config_sha256: configSha256,
    engine: environment.bootstrap.engine,
    stack: environment.stack.name,
    mode,
    interactive: interactive === true,
    started_at: new Date(startedAt).toISOString(),
    ...(profile === undefined ? {} : { profile }),
    run_path: runPath,
    ...about,
  };
}

/** Adds the line of a run to the index. */
export async function recordRun(
  summary: Summary,
  request: RunRequest,
  runPath: string,
  world: RunWorld,
): Promise<Result<RunRecord>> {
  const { paths, bootstrap } = request.loaded.environment;
  const about = { user: request.about.user, run_path: runPath, ...recordedProfile(profileOf(bootstrap)) };
  return appendRecord(paths.output_dir, recordOf(summary, about), world);
}

/** What is known of a run that is refused, however early that is. */
export interface Refused extends Pick<RunRequest, 'runId' | 'loaded' | 'mode'> {
  readonly pipeline: string;
  readonly user: string;
  readonly startedAt: number;
}

/** A refusal leaves a line in the index and nothing else. */
export async function recordRefused(
  { runId, pipeline, loaded, mode, user, startedAt }: Refused,
  cause: Failure,
  world: Pick<RunWorld, 'files' | 'clock' | 'lock'>,
): Promise<Result<void>> {
  const { output_dir } = loaded.environment.paths;
  const busy = cause.code === 'E_ENV_LOCKED';
  // Where there is no place for a record, that is not what the run was refused for.
  const place = await world.files.makeDirectory(output_dir);
  if (!place.ok) return ok(undefined);
  const appended = await appendRecord(
    output_dir,
    {
      run_id: runId,
      pipeline,
      environment: loaded.environment.name,
      ...recordedProfile(profileOf(loaded.environment.bootstrap)),
      mode,
      status: busy ? 'busy' : 'refused',
      exit_code: failureExit(cause.code),
      started_at: new Date(startedAt).toISOString(),
      duration_ms: elapsedMs(startedAt, world.clock.now()),
      errors: 1,
      warnings: 0,
      buckets: [bucketOf(cause.code)],
      user,
      run_path: '',
    },
    world,
  );
  return appended.ok ? ok(undefined) : appended;
}
