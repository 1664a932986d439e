import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import {
  contractPath,
  type EnginePort,
  err,
  failure,
  ok,
  type Result,
  type RunningService,
} from '@plumbline/contracts';
import { type ComposeFile, parseCompose } from '@plumbline/formats/compose';
import { fingerprint, programFor, supervisorBuild } from './programs.ts';
import { ask, findSupervisor, type Supervisor, type SupervisorAnswer, startSupervisor } from './supervisor-client.ts';
import { worldOf } from './world.ts';

/** The label that carries a service's hash. */
const HASH_LABEL = 'io.plumbline.service-hash';
/** Longer than the grace that a supervisor gives its services. */
const END_MS = 10_000;

/** What the supervisor tells of one service. */
interface ServiceState {
  readonly service: string;
  readonly state: 'running' | 'exited';
  readonly image: string;
  readonly serviceHash: string;
  readonly programSha256: string;
  readonly address: string;
  readonly logFile: string;
  readonly instance: string;
  readonly startedAt: string;
  readonly restarts: number;
  readonly lastExit: string | null;
}

/** Runs Plumbline's own stand-ins as processes of this host, under one supervisor a deploy root. */
export function createEmbeddedEngine(deployRoot: string): EnginePort {
  return {
    name: 'embedded',
    async program(_service, image) {
      const program = programFor(image);
      if (!program.ok) return program;
      try {
        return ok(fingerprint(program.value));
      } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        return err(failure('E_ENV_UNREADABLE', `the program of ${image}: ${why}`, { place: { file: program.value } }));
      }
    },
    async observe() {
      const supervisor = findSupervisor(deployRoot);
      if (!supervisor.ok) return supervisor;
      if (supervisor.value === undefined) return ok([]);
      const answer = await ask(supervisor.value, 'GET', '/v1/state');
      if (!answer.ok) return answer;
      return ok((answer.value.body as { services: ServiceState[] }).services.map(running));
    },
    async up(service, composeFile) {
      const compose = parseCompose(readFileSync(composeFile, 'utf8'), composeFile);
      if (!compose.ok) return compose;
      return put(compose.value, service, deployRoot);
    },
    async stop(service) {
      const supervisor = findSupervisor(deployRoot);
      if (!supervisor.ok) return supervisor;
      if (supervisor.value === undefined) return ok(undefined);
      const answer = await ask(supervisor.value, 'DELETE', `/v1/services/${service}`);
      return answer.ok ? ok(undefined) : answer;
    },
    async down({ volumes }) {
      const removed: string[] = [];
      const supervisor = findSupervisor(deployRoot);
      if (!supervisor.ok) return supervisor;
      if (supervisor.value !== undefined) {
        const answer = await shutDown(supervisor.value, deployRoot);
        if (!answer.ok) return answer;
        removed.push('supervisor');
      }
      const folder = contractPath('deploy', 'volumes', deployRoot);
      if (volumes && existsSync(folder)) {
        rmSync(folder, { recursive: true, force: true });
        removed.push('volumes');
      }
      return ok(removed);
    },
  };
}

function running(state: ServiceState): RunningService {
  const { service, image, programSha256, instance, serviceHash, startedAt, address, logFile, restarts, lastExit } =
    state;
  return {
    service,
    state: state.state,
    image,
    standIn: true,
    programSha256,
    instance,
    serviceHash,
    startedAt,
    address,
    logFile,
    restarts,
    lastExit,
  };
}

/** The supervisor of this build. One of another build is ended with its services, and replaced. */
async function currentSupervisor(deployRoot: string): Promise<Result<Supervisor>> {
  const found = findSupervisor(deployRoot);
  if (!found.ok) return found;
  if (found.value?.build === supervisorBuild()) return ok(found.value);
  if (found.value !== undefined) {
    const ended = await shutDown(found.value, deployRoot);
    if (!ended.ok) return ended;
  }
  return startSupervisor(deployRoot);
}

/** Ends a supervisor and waits until it is gone. */
async function shutDown(supervisor: Supervisor, deployRoot: string): Promise<Result<void>> {
  const answer = await ask(supervisor, 'POST', '/v1/shutdown');
  return answer.ok ? gone(supervisor, deployRoot) : answer;
}

/** Waits until the kernel has released a supervisor's lock: only then is it gone. */
async function gone(supervisor: Supervisor, deployRoot: string): Promise<Result<void>> {
  const deadline = Date.now() + END_MS;
  for (;;) {
    const found = findSupervisor(deployRoot);
    if (found.ok && found.value === undefined) return ok(undefined);
    if (Date.now() > deadline)
      return err(failure('E_RUNTIME_SUPERVISOR', `the supervisor (process ${supervisor.pid}) does not end`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Hands a service over. A supervisor that is ending, because a `down` was cut off, is waited for and replaced. */
async function handOver(deployRoot: string, service: string, spec: unknown): Promise<Result<SupervisorAnswer>> {
  const supervisor = await currentSupervisor(deployRoot);
  if (!supervisor.ok) return supervisor;
  const answer = await ask(supervisor.value, 'PUT', `/v1/services/${service}`, spec);
  if (!answer.ok || !isClosing(answer.value)) return answer;
  const ended = await gone(supervisor.value, deployRoot);
  if (!ended.ok) return ended;
  const next = await startSupervisor(deployRoot);
  return next.ok ? ask(next.value, 'PUT', `/v1/services/${service}`, spec) : next;
}

function isClosing({ status, body }: SupervisorAnswer): boolean {
  return status === 409 && (body as { closing?: unknown } | undefined)?.closing === true;
}

async function put(compose: ComposeFile, service: string, deployRoot: string): Promise<Result<RunningService>> {
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
  const answer = await handOver(deployRoot, service, {
    image: own.image,
    program: program.value,
    args: own.command,
    world,
    listen: Object.values(world.listen),
    serviceHash: own.labels[HASH_LABEL] ?? '',
    programSha256: fingerprint(program.value),
    address: first === undefined ? '' : `${first.host}:${first.port}`,
    restart: own.restart === 'unless-stopped',
    logFile: contractPath('deploy', 'service_log', deployRoot, { service }),
  });
  if (!answer.ok) return answer;
  const { taken } = (answer.value.body ?? {}) as { taken?: { host: string; port: number } };
  if (answer.value.status === 409 && taken !== undefined) {
    return err(
      failure('E_RUNTIME_PORT_CONFLICT', `${service} needs ${taken.host}:${taken.port}, which is in use`, {
        evidence: { service, ...taken },
      }),
    );
  }
  if (answer.value.status !== 200) {
    return err(
      failure(
        'E_RUNTIME_SUPERVISOR',
        `the supervisor answered ${answer.value.status}: ${JSON.stringify(answer.value.body)}`,
      ),
    );
  }
  return ok(running(answer.value.body as ServiceState));
}
