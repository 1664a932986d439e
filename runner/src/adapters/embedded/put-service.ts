import { existsSync, mkdirSync } from 'node:fs';
import { contractPath, err, failure, LABELS, ok, type Result, type RunningService } from '@plumbline/contracts';
import type { ComposeFile } from '@plumbline/formats/compose';
import { fingerprint, programFor } from './programs.ts';
import { runningService, type ServiceState } from './service-state.ts';
import { askUnlessEnding, type SupervisorAnswer, unexpected } from './supervisor-client.ts';
import { currentSupervisor } from './supervisor-life.ts';
import { worldOf } from './world.ts';

/** A supervisor that is ending, or dies, is replaced; a second time is more than bad luck. */
const TRIES = 2;

/** Has a service of a compose file started by the supervisor of the deploy root, in place of what ran under its name. */
export async function putService(
  compose: ComposeFile,
  service: string,
  deployRoot: string,
): Promise<Result<RunningService>> {
  const spec = specOf(compose, service, deployRoot);
  if (!spec.ok) return spec;
  const answer = await handOver(deployRoot, service, spec.value);
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status === 200) return ok(runningService(body as ServiceState));
  const { taken } = (body ?? {}) as { readonly taken?: { readonly host: string; readonly port: number } };
  if (status !== 409 || taken === undefined) return err(unexpected(answer.value));
  return err(
    failure('E_RUNTIME_PORT_CONFLICT', `${service} needs ${taken.host}:${taken.port}, which is in use`, {
      evidence: { service, ...taken },
    }),
  );
}

async function handOver(deployRoot: string, service: string, spec: unknown): Promise<Result<SupervisorAnswer>> {
  const request = { method: 'PUT', path: `/v1/services/${encodeURIComponent(service)}`, body: spec } as const;
  for (let n = 1; ; n += 1) {
    const supervisor = await currentSupervisor(deployRoot);
    if (!supervisor.ok) return supervisor;
    const answer = await askUnlessEnding(supervisor.value, deployRoot, request);
    if (!answer.ok || answer.value !== 'gone') return answer as Result<SupervisorAnswer>;
    if (n === TRIES) return err(failure('E_RUNTIME_SUPERVISOR', `the supervisor ended ${n} times at ${service}`));
  }
}

/** A ServiceSpec of ministack's protocol.ts. The directories of its volumes are made. */
function specOf(compose: ComposeFile, service: string, deployRoot: string): Result<unknown> {
  const own = compose.services[service];
  if (own === undefined) return err(failure('E_CONFIG_INVALID_VALUE', `the compose file has no service ${service}`));
  const program = programFor(own.image);
  if (!program.ok) return program;
  const world = worldOf(compose, service, deployRoot);
  for (const volume of own.volumes) {
    if (volume.type === 'volume')
      mkdirSync(contractPath('deploy', 'volume', deployRoot, { volume: volume.source }), {
        recursive: true,
        mode: 0o700,
      });
  }
  const missing = world.mounts.find((mount) => !existsSync(mount.source));
  if (missing !== undefined) {
    return err(
      failure('E_CONFIG_NOT_FOUND', `${service} mounts ${missing.source}, which does not exist`, {
        place: { file: missing.source },
      }),
    );
  }
  const first = Object.values(world.listen)[0];
  return ok({
    project: compose.name,
    image: own.image,
    program: program.value,
    args: own.command,
    world,
    listen: Object.values(world.listen),
    serviceHash: own.labels[LABELS.serviceHash] ?? '',
    secrets: own.labels[LABELS.secrets] ?? '',
    programSha256: fingerprint(program.value),
    address: first === undefined ? '' : `${first.host}:${first.port}`,
    restart: own.restart === 'unless-stopped',
    logFile: contractPath('deploy', 'service_log', deployRoot, { service }),
  });
}
