import {
  type Artifact,
  contractPath,
  type EnginePort,
  type Failure,
  failure,
  generationFolder,
  type JournalEntry,
  type Operation,
  type Owner,
  ok,
  ownerOf,
  pointerTarget,
  type Result,
  versionsText,
  within,
} from '@plumbline/contracts';
import { checkRoot } from './check-root.ts';
import type { ExecuteContext } from './execute-context.ts';
import { secretOperation } from './execute-secrets.ts';
import { confirmImage, confirmRunning } from './images.ts';
import { artifactText, type Observed, versionsOf } from './observe.ts';
import { ownFiles } from './observe-stores.ts';
import type { ApplyOp } from './operation.ts';
import { secretsOf } from './plan-secrets.ts';
import { provenanceText } from './provenance.ts';
import { waitReady } from './wait-ready.ts';

/** How far execution came: every operation with its outcome, and the failure that ended it, if one did. */
export interface Executed {
  readonly operations: readonly Operation[];
  readonly failure?: Failure;
}

/**
 * Carries out a plan, one external call an operation, each written to the journal before and after. Decides nothing.
 * The journal is open from the first line to the last: a kill leaves it open, and the next run can tell.
 */
export async function execute(ops: readonly ApplyOp[], observed: Observed, context: ExecuteContext): Promise<Executed> {
  // A deployment may have been killed after its last operation: then all that is missing is to say that it has ended.
  if (ops.length === 0 && observed.journal.open === undefined) return { operations: [] };
  const begun = await context.journal({ stage: 'apply', outcome: 'begin' });
  if (!begun.ok) return { operations: ops.map((op) => record(op, 'not_reached')), failure: begun.failure };
  const operations: Operation[] = [];
  let stopped: Failure | undefined;
  for (const op of ops) {
    if (stopped === undefined && context.signal.aborted)
      stopped = failure('E_ENV_INTERRUPTED', `interrupted before ${op.op} ${target(op)}`);
    if (stopped !== undefined) {
      operations.push(record(op, 'not_reached'));
      continue;
    }
    context.emit({ type: 'progress', text: `${op.op} ${target(op)}: ${op.cause}` });
    const done = await journaled(op, observed, context);
    if (!done.ok) stopped = done.failure;
    operations.push(record(op, done.ok ? 'done' : 'failed'));
  }
  const ended = await context.journal({ stage: 'apply', outcome: stopped === undefined ? 'done' : 'failed' });
  if (!ended.ok) stopped ??= ended.failure;
  return stopped === undefined ? { operations } : { operations, failure: stopped };
}

const stageOf: Readonly<Record<ApplyOp['op'], JournalEntry['stage']>> = {
  pull: 'pull',
  retag: 'pull',
  claim_root: 'write',
  make_probe: 'write',
  sweep: 'sweep',
  remove_stray: 'sweep',
  check_root: 'up',
  write_store: 'write',
  rewrite_store: 'write',
  seal_store: 'write',
  write_secret: 'write',
  want_secrets: 'write',
  write_generation: 'write',
  write_versions: 'write',
  hand_over: 'commit',
  take_secrets: 'commit',
  start: 'up',
  replace: 'up',
  stop: 'up',
  await_ready: 'ready',
  write_provenance: 'commit',
  flip_current: 'commit',
};

async function journaled(op: ApplyOp, observed: Observed, context: ExecuteContext): Promise<Result<void>> {
  const line = { stage: stageOf[op.op], op: op.op, target: target(op) };
  const begun = await context.journal({ ...line, outcome: 'begin' });
  if (!begun.ok) return begun;
  const done = await perform(op, observed, context);
  const ended = await context.journal({ ...line, outcome: done.ok ? 'done' : 'failed' });
  return done.ok ? ended : done;
}

async function perform(op: ApplyOp, observed: Observed, context: ExecuteContext): Promise<Result<void>> {
  const { files, engine } = context.ports;
  const root = context.config.paths.deploy_root;
  const { artifact, payload } = observed;
  const { generation } = artifact;
  const folder = generationFolder(root, generation);
  const versionsFile = contractPath('deploy', 'versions', root, { generation });
  switch (op.op) {
    case 'pull':
      return confirmed(op.image, artifact, engine, await engine.pull?.(op.image, context.signal));
    case 'retag':
      return confirmed(op.image, artifact, engine, await engine.retag?.(op.image, op.id));
    case 'remove_stray':
      return (await engine.removeStray?.(op.container)) ?? ok(undefined);
    case 'check_root':
      return checkRoot(op.image, root, context.ports);
    case 'claim_root':
      return claim(root, op.project, context);
    case 'make_probe':
      return files.makeDirectory(within(root, op.path));
    case 'sweep':
      return files.discard(within(root, op.path));
    case 'write_store':
      return files.writeDirectory(within(root, op.store), ownFiles(op.service, payload));
    case 'rewrite_store':
      return files.replaceDirectory(within(root, op.store), ownFiles(op.service, payload));
    case 'seal_store':
      return files.seal(within(root, op.store));
    case 'write_secret':
    case 'want_secrets':
    case 'hand_over':
    case 'take_secrets':
      return secretOperation(op, secretsOf(op.service, observed), context);
    case 'write_versions':
      return files.write(versionsFile, versionsText(versionsOf(observed)));
    case 'write_generation': {
      // The payload goes with it, so that a deployed generation can be applied again from what the host holds; the
      // artifact is written last, so that where it stands, all of it does.
      const written = await files.replaceDirectory(within(folder, artifact.payload_dir), payload);
      if (!written.ok) return written;
      return files.write(contractPath('generation', 'artifact', folder), artifactText(artifact));
    }
    case 'start':
    case 'replace': {
      const compose = within(within(folder, artifact.payload_dir), artifact.compose_file);
      const versions = versionsOf(observed).size > 0 ? versionsFile : undefined;
      const up = await putUp(op.service, artifact, engine, () => engine.up(op.service, compose, versions));
      return up.ok ? waitReady(op.service, context) : up;
    }
    case 'await_ready':
      return waitReady(op.service, context, observed.running.find((one) => one.service === op.service)?.restarts);
    case 'stop':
      return engine.stop(op.service);
    case 'write_provenance': {
      const text = await provenanceText(context.config, observed, engine);
      return text.ok ? files.write(contractPath('generation', 'provenance', folder), text.value) : text;
    }
    case 'flip_current':
      return files.link(contractPath('deploy', 'current', root), pointerTarget(op.generation));
  }
}

/** An image that was got is looked at before anything is made of it. */
async function confirmed(
  image: string,
  artifact: Artifact,
  engine: EnginePort,
  got: Result<void> = ok(undefined),
): Promise<Result<void>> {
  return got.ok ? confirmImage(image, artifact, engine) : got;
}

/** A tag can be given to another image at any moment: what it names is looked at before, and what became of it after. */
async function putUp(
  service: string,
  artifact: Artifact,
  engine: EnginePort,
  up: () => ReturnType<EnginePort['up']>,
): Promise<Result<void>> {
  const image = artifact.services[service]?.image ?? '';
  const confirmed = await confirmImage(image, artifact, engine);
  if (!confirmed.ok) return confirmed;
  const running = await up();
  return running.ok ? confirmRunning(image, running.value.identity, artifact) : running;
}

/** Two projects may come for one root that nobody owns: who comes second finds it taken. */
async function claim(root: string, project: string, { ports }: ExecuteContext): Promise<Result<void>> {
  const taken = await ownerOf(root, project, ports.files);
  if (!taken.ok) return taken;
  const owner: Owner = { schema_version: '1', project, nonce: ports.secrets.random(16) };
  return ports.files.write(contractPath('deploy', 'owner', root), `${JSON.stringify(owner, null, 2)}\n`);
}

function target(op: ApplyOp): string {
  if ('service' in op) return op.service;
  if ('generation' in op) return op.generation.slice(0, 12);
  if ('image' in op) return op.image;
  if ('name' in op) return op.name;
  return 'path' in op ? op.path : op.project;
}

/** An operation as the report lists it. */
export function record(op: ApplyOp, outcome: Operation['outcome']): Operation {
  const irreversible = op.op === 'replace' && op.irreversible ? { irreversible: true } : {};
  return { op: op.op, target: target(op), cause: op.cause, outcome, ...irreversible };
}
