import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { installRoot } from '../install-root.ts';

/** Image repository -> the stand-in that takes its place on the embedded engine. */
const standIns: Readonly<Record<string, string>> = {
  'grafana/loki': 'loki',
  'grafana/alloy': 'alloy',
  'grafana/grafana': 'grafana',
  'prom/prometheus': 'prometheus',
  'prom/node-exporter': 'node-exporter',
  'gcr.io/cadvisor/cadvisor': 'cadvisor',
};

/** The supervisor's program. */
export function supervisorProgram(): string {
  return join(installRoot(), 'ministack/dist/supervisor.js');
}

/** The stand-in's program for an image; E_CONFIG_COMPOSE_UNSUPPORTED where there is none. */
export function programFor(image: string): Result<string> {
  const name = standIns[image.replace(/:[^:/]*$/, '')];
  if (name === undefined) {
    return err(
      failure(
        'E_CONFIG_COMPOSE_UNSUPPORTED',
        `the embedded engine has no stand-in for the image ${image}; it has ${Object.keys(standIns).join(', ')}`,
      ),
    );
  }
  return ok(join(installRoot(), `ministack/dist/${name}.js`));
}

/** What identifies a running stand-in: the bytes of its program and of the supervisor that runs it. */
export function fingerprint(program: string): string {
  const hash = createHash('sha256');
  for (const file of [supervisorProgram(), program]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** SHA-256 of the supervisor's program, as a running supervisor tells it of itself. */
export function supervisorBuild(): string {
  return createHash('sha256').update(readFileSync(supervisorProgram())).digest('hex');
}
