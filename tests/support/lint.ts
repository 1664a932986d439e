import type { Bootstrap } from '../../contracts/src/index.ts';
import type { StackFiles, Subject, World } from '../../runner/src/lint/finding.ts';
import { readSubject } from '../../runner/src/lint/subject.ts';
import { demoEnvironment, healthContract } from './environment.ts';

export const configFile = '/repo/config/bootstrap.demo.json';

/** What a test may change of a configuration: anything. */
export type Loose = Record<string, unknown> & {
  ports: Record<string, unknown>;
  path_map: Record<string, unknown>;
  image_pins: Record<string, unknown>;
  labels: Record<string, unknown>;
  sources: Record<string, unknown>[];
  limits: Record<string, unknown>;
  checks: Record<string, unknown>;
};

/** The stack of the repository, its files whole. */
export function stackFiles(): Required<StackFiles> {
  const { stack, secretsPolicy } = demoEnvironment();
  return structuredClone({ stack, health: healthContract(), policy: secretsPolicy, problems: [] });
}

/** A world where that stack is at the configuration's stacks_dir and is shipped, and nothing listens. */
export function makeWorld(change: Partial<World> = {}): World {
  return {
    stacks: new Map([
      ['/repo/config/stacks/observability', stackFiles()],
      ['/shipped/stacks/observability', stackFiles()],
    ]),
    shipped: '/shipped/stacks',
    home: '/home/somebody',
    listeners: [],
    own: new Set(),
    ...change,
  };
}

/** The environment `demo` after a change, written as people write it. */
export function makeSubject(change: (config: Loose) => unknown = () => undefined, world = makeWorld()): Subject {
  const config = structuredClone(demoEnvironment().bootstrap) as Bootstrap as unknown as Loose;
  config.checks ??= {};
  change(config);
  return subjectOf(JSON.stringify(config, null, 2), world);
}

export function subjectOf(text: string, world = makeWorld()): Subject {
  const read = readSubject(text, configFile, world);
  if (!read.ok) throw new Error(read.failure.message);
  return read.value;
}
