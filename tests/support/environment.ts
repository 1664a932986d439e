import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bootstrap, Environment, HealthContract, SecretsPolicy, Stack } from '../../contracts/src/index.ts';

const config = join(import.meta.dirname, '../../config');

/** The stack that the repository ships, as its files say. */
export const stackFolder = join(config, 'stacks/observability');

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(config, path), 'utf8')) as T;
}

export const healthContract = (): HealthContract => read('stacks/observability/health_contract.json');

/** The environment `demo`, changed as a test needs it, with paths that exist nowhere. */
export function demoEnvironment(change: Partial<Bootstrap> = {}): Environment {
  return {
    name: 'demo',
    file: '/repo/config/bootstrap.demo.json',
    files: ['/repo/config/bootstrap.demo.json'],
    bootstrap: { ...read<Bootstrap>('bootstrap.demo.json'), ...change },
    paths: {
      repo_root: '/repo',
      output_dir: '/repo/out',
      deploy_root: '/repo/out/deploy/demo',
      stacks_dir: '/repo/config/stacks',
      pipelines_dir: '/repo/config/pipelines',
    },
    stack: read<Stack>('stacks/observability/stack.json'),
    secretsPolicy: read<SecretsPolicy>('stacks/observability/secrets_policy.json'),
    healthContract: healthContract(),
  };
}

/** The templates of that stack, by name. */
export function stackTemplates(): ReadonlyMap<string, string> {
  const folder = join(stackFolder, 'templates');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.j2'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
