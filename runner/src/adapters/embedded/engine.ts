import { existsSync, readFileSync, rmSync } from 'node:fs';
import { contractPath, type EnginePort, err, failure, ok } from '@plumbline/contracts';
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
      const answer = await askIfThere(deployRoot, { method: 'GET', path: '/v1/state' });
      if (!answer.ok) return answer;
      if (answer.value === undefined) return ok([]);
      if (answer.value.status !== 200) return err(unexpected(answer.value));
      return ok((answer.value.body as { services: ServiceState[] }).services.map(runningService));
    },
    async up(service, composeFile) {
      const compose = parseCompose(readFileSync(composeFile, 'utf8'), composeFile);
      return compose.ok ? putService(compose.value, service, deployRoot) : compose;
    },
    async stop(service) {
      const path = `/v1/services/${encodeURIComponent(service)}`;
      const answer = await askIfThere(deployRoot, { method: 'DELETE', path });
      if (!answer.ok) return answer;
      const stopped = answer.value === undefined || answer.value.status === 204;
      return stopped ? ok(undefined) : err(unexpected(answer.value));
    },
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
  };
}
