import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact, RunningService } from '@plumbline/contracts';
import type { Deployment } from './deployment.ts';
import type { Wish } from './kill-wish.ts';

/** A wish, and the artifact that Plumbline made of it. */
export interface Version {
  readonly wish: Wish;
  readonly artifact: Artifact;
}

/**
 * What a service says that it has loaded, asked of the service itself, in the words of `expected`; undefined while it
 * does not answer, or where it has no such answer.
 */
export async function loadedOf(d: Deployment, { service, instance }: RunningService): Promise<string | undefined> {
  const get = (path: string, headers: Record<string, string> = {}) =>
    read(`http://127.0.0.1:${d.ports[service]}${path}`, headers);
  switch (service) {
    case 'loki':
      return /^ +max_label_names_per_series: (\d+)$/m.exec(await get('/config'))?.[1];
    case 'alloy':
      return /^alloy_config_hash\{.*sha256="(\w+)"\} 1$/m.exec(await get('/metrics'))?.[1];
    case 'prometheus': {
      const label = /wish: (w\d+)/.exec(await get('/api/v1/status/config'))?.[1];
      return label && `${label} ${/retention\.time=(\w+)/.exec(await commandLine(d, instance))?.[1]}`;
    }
    case 'grafana': {
      const headers = { authorization: `Basic ${Buffer.from(`admin:${password(d)}`).toString('base64')}` };
      return /"tags":\["plumbline","logs","(w\d+)"\]/.exec(
        await get('/api/dashboards/uid/plumbline-logs', headers),
      )?.[1];
    }
    default:
      return undefined;
  }
}

/** What a service must say that it has loaded where it runs as this version says. */
export function expected(service: string, { wish, artifact }: Version): string | undefined {
  switch (service) {
    case 'loki':
      return String(15 + wish.loki);
    case 'alloy':
      return artifact.files.find((file) => file.path === 'alloy/config.alloy')?.sha256;
    case 'prometheus':
      return `w${wish.prometheus} ${15 + wish.compose}d`;
    case 'grafana':
      return `w${wish.grafana}`;
    default:
      return undefined;
  }
}

/** Empty where there is no answer, or no good one. */
async function read(url: string, headers: Record<string, string>): Promise<string> {
  try {
    const answer = await fetch(url, {
      headers: { ...headers, connection: 'close' },
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    return answer.ok ? text : '';
  } catch {
    return '';
  }
}

/** The instance begins with the number of its process, or is its container. */
async function commandLine({ docker }: Deployment, instance: string): Promise<string> {
  try {
    if (docker !== undefined) return await docker.docker('inspect', '--format', '{{json .Args}}', instance);
    return readFileSync(`/proc/${Number.parseInt(instance, 10)}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function password(d: Deployment): string {
  try {
    return readFileSync(join(d.deployRoot, 'secrets/grafana/current/admin_password'), 'utf8').trim();
  } catch {
    return '';
  }
}
