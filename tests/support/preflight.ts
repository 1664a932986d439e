import {
  type Bootstrap,
  type Check,
  type EnginePort,
  type Environment,
  err,
  failure,
  type HostPort,
  ok,
  type Ports,
  type StepContext,
  type StepOutcome,
} from '../../contracts/src/index.ts';
import { preflight } from '../../steps/preflight/src/index.ts';
import { makeArtifact, payload } from './artifact.ts';
import { demoEnvironment } from './environment.ts';
import { type MemoryFiles, memoryFiles } from './files.ts';
import { identity, imagesLock } from './images.ts';
import { fakeEngine, fakeHost, fakePorts } from './ports.ts';
import { runtimeFacts } from './runtime.ts';

export const deploy = '/repo/out/deploy/demo';
export const store = `${deploy}/store/loki-0123456789ab`;
export const templates = '/repo/config/stacks/observability/templates';

/** What a change of the shipped environment must not change here. */
const fixed: Partial<Bootstrap> = {
  ports: { loki: 13100, alloy: 12345 },
  image_pins: { loki: 'grafana/loki:3.0.0', alloy: 'grafana/alloy:v1.2.1' },
  checks: { firewall: true, journal: true },
};

/** What a test changes of a host on which all is well. */
export interface Change {
  readonly host?: Partial<HostPort>;
  readonly engine?: Partial<EnginePort>;
  readonly bootstrap?: Partial<Bootstrap>;
  readonly policy?: Partial<Environment['secretsPolicy']>;
  readonly mode?: 'diagnose' | 'repair' | 'apply';
  readonly interactive?: boolean;
  readonly files?: (files: MemoryFiles) => void;
  readonly ports?: Partial<Ports>;
  readonly environment?: Partial<Environment>;
}

/** A pipeline file as its schema wants it. */
export function pipeline(name: string, step: object = { id: 'a', uses: 'apply' }): string {
  return JSON.stringify({ schema_version: '1', name, description: 'a test', steps: [step] }, null, 2);
}

/** Writes a file of the repository. */
export const put = (path: string, text: string) => (files: MemoryFiles) =>
  void files.content.set(path, new TextEncoder().encode(text));

/** Puts there what is no file: a symbolic link, or, without a target, a pipe. Who reads it ends the test. */
export const putOdd = (path: string, target?: string) => (files: MemoryFiles) => {
  const { stat, read } = files;
  put(path, '')(files);
  if (target !== undefined) files.links.set(path, target);
  files.stat = async (asked) => (asked === path ? ok({ kind: 'other', size: 0 }) : stat(asked));
  files.read = async (asked) => {
    if (asked !== path) return read(asked);
    const behind = target?.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
    if (!files.content.has(behind)) throw new Error(`${path} is no file, and was read`);
    return read(behind);
  };
};

/** Makes looking at one path impossible. */
export const hide = (path: string) => (files: MemoryFiles) => {
  const { stat } = files;
  const refusal = err(failure('E_ENV_UNREADABLE', `cannot read ${path}: permission denied`));
  files.failing.add(`read ${path}`);
  files.stat = async (asked) => (asked === path ? refusal : stat(asked));
};

/** The files of a repository with a deployed stack. */
function repository(): MemoryFiles {
  const { alloy: _, ...services } = makeArtifact().services;
  const artifact = makeArtifact({ services });
  const files = memoryFiles({
    '/repo/config/bootstrap.demo.json': '{}',
    '/repo/config/images.lock.json': JSON.stringify(imagesLock('grafana/loki:3.0.0', 'grafana/alloy:v1.2.1')),
    '/repo/config/stacks/observability/stack.json': '{}',
    [`${templates}/compose.yml.j2`]: 'services: {}',
    '/repo/config/pipelines/down.json': pipeline('down'),
    '/repo/config/pipelines/up.json': pipeline('up'),
    '/repo/contracts/error_taxonomy.json': '{}',
    [`${deploy}/generations/${'c'.repeat(64)}/artifact.json`]: JSON.stringify(artifact),
    [`${store}/loki.yml`]: payload['loki/loki.yml'] as string,
  });
  files.links.set(`${deploy}/current`, `generations/${'c'.repeat(64)}`);
  return files;
}

/** Runs preflight on a host on which all is well but for the change. */
export async function run(change: Change = {}): Promise<StepOutcome> {
  const files = repository();
  change.files?.(files);
  const engine: EnginePort = {
    ...fakeEngine(),
    daemon: async () => ok('27.0'),
    probe: async () => runtimeFacts(),
    image: async () => ok('here'),
    identity: async () => ok(identity()),
    ...change.engine,
  };
  const environment = { ...demoEnvironment({ ...fixed, ...change.bootstrap }), ...change.environment };
  const step = preflight(['flock']);
  const result = await step.run({
    config: {
      ...environment,
      secretsPolicy: { ...environment.secretsPolicy, secrets: [], ...change.policy },
    },
    inputs: {},
    params: { min_free_mb: 512 },
    mode: change.mode ?? 'apply',
    dryRun: false,
    interactive: change.interactive === true,
    ports: fakePorts({ files, engine, host: fakeHost(change.host), ...change.ports }),
    signal: new AbortController().signal,
    runId: 'r1',
    runDir: '/repo/out/runs/r1',
    emit: () => undefined,
  } as unknown as StepContext);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

/** The checks that are neither good nor skipped, each with its verdict and code. */
export function wrong(checks: readonly Check[]): readonly string[] {
  return checks.flatMap((c) =>
    c.verdict === 'pass' || c.verdict === 'skipped'
      ? []
      : [`${c.id.slice('preflight.'.length)} ${c.verdict} ${c.error?.code}`],
  );
}

/** The check of a name. */
export const check = (checks: readonly Check[], name: string): Check =>
  checks.find((c) => c.id === `preflight.${name}`) as Check;
