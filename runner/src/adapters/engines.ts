import { type Bootstrap, createScrubber, type EnginePort } from '@plumbline/contracts';
import { createDockerEngine } from './docker/engine.ts';
import { createEmbeddedEngine } from './embedded/engine.ts';
import { createProcesses, type Processes } from './process.ts';

/** What an engine that starts programs of this host needs of the run. */
export interface EngineWorld {
  readonly processes: Pick<Processes, 'run'>;
  /** The descriptor of the deploy lock, once the run holds it. */
  heldLock(): number | undefined;
}

/** Whose services an engine runs. */
export interface EngineOf {
  readonly name: Bootstrap['engine'];
  readonly project: string;
  readonly deployRoot: string;
  /** Whether no registry is ever asked. */
  readonly offline?: boolean;
}

/** The engine of that name; none takes the place of another (design, "Engines"). Without a world, it is for looking only. */
export function createEngine(of: EngineOf, world: EngineWorld = looking()): EnginePort {
  const { name, project, deployRoot, offline = false } = of;
  switch (name) {
    case 'embedded':
      return createEmbeddedEngine(deployRoot);
    case 'docker':
      return createDockerEngine({ ...world, project, deployRoot, offline, env: process.env });
  }
}

function looking(): EngineWorld {
  return { processes: createProcesses(createScrubber()), heldLock: () => undefined };
}
