import {
  type Artifact,
  contractPath,
  type EnginePort,
  type Failure,
  failure,
  type JournalEntry,
  type Operation,
  type Owner,
  ok,
  ownerOf,
  pointerTarget,
  type Result,
} from '@plumbline/contracts';
import type { ExecuteContext } from './execute-context.ts';
import { confirmImage, confirmRunning } from './images.ts';
import { artifactText, type Observed, secretFile } from './observe.ts';
import { generationDir } from './observe-root.ts';
import { ownFiles } from './observe-stores.ts';
import type { ApplyOp } from './plan.ts';
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
  claim_root: 'write',
  make_probe: 'write',
  sweep: 'sweep',
  remove_stray: 'sweep',
  write_store: 'write',
  rewrite_store: 'write',
  seal_store: 'write',
  write_secret: 'write',
  write_generation: 'write',
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
  const { files, engine, secrets } = context.ports;
  const root = context.config.paths.deploy_root;
  const { artifact, payload } = observed;
  const folder = generationDir(root, artifact.generation);
  switch (op.op) {
    case 'pull':
      return pull(op.image, artifact, engine);
    case 'remove_stray':
      return (await engine.removeStray?.(op.container)) ?? ok(undefined);
    case 'claim_root':
      return claim(root, op.project, context);
    case 'make_probe':
      return files.makeDirectory(`${root}/${op.path}`);
    case 'sweep':
      return files.discard(`${root}/${op.path}`);
    case 'write_store':
      return files.writeDirectory(`${root}/${op.store}`, ownFiles(op.service, payload));
    case 'rewrite_store':
      return files.replaceDirectory(`${root}/${op.store}`, ownFiles(op.service, payload));
    case 'seal_store':
      return files.seal(`${root}/${op.store}`);
    case 'write_secret': {
      // The directory is its owner's alone; the value is known to the scrubber from the moment that it is made.
      const file = secretFile(root, op);
      const made = await files.makeDirectory(file.slice(0, file.lastIndexOf('/')), 0o700);
      return made.ok ? files.write(file, `${secrets.plant(op.bytes)}\n`, 0o400) : made;
    }
    case 'write_generation': {
      // The payload goes with it, so that a deployed generation can be applied again from what the host holds; the
      // artifact is written last, so that where it stands, all of it does.
      const written = await files.replaceDirectory(`${folder}/${artifact.payload_dir}`, payload);
      if (!written.ok) return written;
      return files.write(`${folder}/artifact.json`, artifactText(artifact));
    }
    case 'start':
    case 'replace': {
      const up = await putUp(
        op.service,
        `${folder}/${artifact.payload_dir}/${artifact.compose_file}`,
        artifact,
        engine,
      );
      return up.ok ? waitReady(op.service, context) : up;
    }
    case 'await_ready':
      return waitReady(op.service, context);
    case 'stop':
      return engine.stop(op.service);
    case 'write_provenance': {
      const text = await provenanceText(context.config, observed, engine);
      return text.ok ? files.write(`${folder}/provenance.json`, text.value) : text;
    }
    case 'flip_current':
      return files.link(contractPath('deploy', 'current', root), pointerTarget(op.generation));
  }
}

async function pull(image: string, artifact: Artifact, engine: EnginePort): Promise<Result<void>> {
  const pulled = (await engine.pull?.(image)) ?? ok(undefined);
  return pulled.ok ? confirmImage(image, artifact, engine) : pulled;
}

/** A tag can be given to another image at any moment: what it names is looked at before, and what became of it after. */
async function putUp(
  service: string,
  composeFile: string,
  artifact: Artifact,
  engine: EnginePort,
): Promise<Result<void>> {
  const image = artifact.services[service]?.image ?? '';
  const confirmed = await confirmImage(image, artifact, engine);
  if (!confirmed.ok) return confirmed;
  const up = await engine.up(service, composeFile);
  return up.ok ? confirmRunning(image, up.value.identity, artifact) : up;
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
