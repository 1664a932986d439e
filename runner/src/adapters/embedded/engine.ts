import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { contractPath, type EnginePort, err, failure, ok, type Result } from '@plumbline/contracts';
import { parseCompose } from '@plumbline/formats/compose';
import { findSupervisor } from './find-supervisor.ts';
import { fingerprint, programFor } from './programs.ts';
import { putService } from './put-service.ts';
import { rootsOf } from './roots.ts';
import { runningService, type ServiceState } from './service-state.ts';
import { askIfThere, unexpected } from './supervisor-client.ts';
import { endSupervisor } from './supervisor-life.ts';

/** Runs Plumbline's own stand-ins as processes of this host, under one supervisor a deploy root. */
export function createEmbeddedEngine(deployRoot: string): EnginePort {
  const engine: EnginePort = {
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
      const answer = await askIfThere(deployRoot, { method: 'GET', path: '/v1/state' });
      if (!answer.ok) return answer;
      if (answer.value === undefined) return ok([]);
      if (answer.value.status !== 200) return err(unexpected(answer.value));
      return ok((answer.value.body as { services: ServiceState[] }).services.map(runningService));
    },
    async lastWords(service, lines) {
      const log = contractPath('deploy', 'service_log', deployRoot, { service });
      const text = existsSync(log) ? readFileSync(log, 'utf8').trimEnd() : '';
      return ok(text === '' ? [] : text.split('\n').slice(-lines));
    },
    async evidence(service, lines) {
      const seen = await engine.observe();
      const state = seen.ok ? seen.value.find((one) => one.service === service) : undefined;
      if (state === undefined) return seen.ok ? ok(undefined) : seen;
      const log = await engine.lastWords(service, lines);
      return log.ok ? ok({ log: log.value, state }) : log;
    },
    async up(service, composeFile, variables) {
      const values = variables === undefined ? {} : parseEnv(readFileSync(variables, 'utf8'));
      const compose = parseCompose(readFileSync(composeFile, 'utf8'), composeFile, values);
      if (!compose.ok) return compose;
      const up = await putService(compose.value, service, deployRoot);
      if (!up.ok) return up;
      // The supervisor named the project before it started this: of two roots that do so at once, one sees the other.
      const elsewhere = rootsOf(compose.value.name, deployRoot).filter((root) => root !== deployRoot);
      if (elsewhere.length === 0) return up;
      const stopped = await stop(service, deployRoot);
      if (!stopped.ok) return stopped;
      const message = `${compose.value.name} runs from ${elsewhere.join(' and ')}, not from ${deployRoot}`;
      return err(failure('E_ENV_PROJECT_ELSEWHERE', message, { evidence: { roots: elsewhere } }));
    },
    stop: (service) => stop(service, deployRoot),
    async down({ volumes }) {
      const ended = await endSupervisor(deployRoot, await findSupervisor(deployRoot));
      if (!ended.ok) return ended;
      const removed = ended.value ? ['supervisor'] : [];
      const folder = contractPath('deploy', 'volumes', deployRoot);
      if (volumes && existsSync(folder)) {
        rmSync(folder, { recursive: true, force: true });
        removed.push('volumes');
      }
      return ok(removed);
    },
    roots: async (project) => ok(rootsOf(project, deployRoot)),
    async volumes() {
      const folder = contractPath('deploy', 'volumes', deployRoot);
      const there = lstatSync(folder, { throwIfNoEntry: false });
      return ok(there?.isDirectory() === true ? readdirSync(folder).sort() : []);
    },
  };
  return engine;
}

async function stop(service: string, deployRoot: string): Promise<Result<void>> {
  const path = `/v1/services/${encodeURIComponent(service)}`;
  const answer = await askIfThere(deployRoot, { method: 'DELETE', path });
  if (!answer.ok) return answer;
  const stopped = answer.value === undefined || answer.value.status === 204;
  return stopped ? ok(undefined) : err(unexpected(answer.value));
}
