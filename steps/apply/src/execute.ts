import { contractPath, type Failure, failure, isoTime, type Operation, type Result } from '@plumbline/contracts';
import type { ExecuteContext } from './execute-context.ts';
import { type Observed, secretFile } from './observe.ts';
import type { ApplyOp } from './plan.ts';
import { waitReady } from './wait-ready.ts';

/** How far execution came: every operation with its outcome, and the failure that ended it, if one did. */
export interface Executed {
  readonly operations: readonly Operation[];
  readonly failure?: Failure;
}

/** Carries out a plan, one external call an operation, each written to the journal before and after. Decides nothing. */
export async function execute(ops: readonly ApplyOp[], observed: Observed, context: ExecuteContext): Promise<Executed> {
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
  return stopped === undefined ? { operations } : { operations, failure: stopped };
}

async function journaled(op: ApplyOp, observed: Observed, context: ExecuteContext): Promise<Result<void>> {
  const { files, clock } = context.ports;
  const journal = contractPath('deploy', 'journal', context.config.paths.deploy_root);
  const line = (stage: string) =>
    `${JSON.stringify({ at: isoTime(clock.now()), generation: observed.artifact.generation, op: op.op, target: target(op), stage })}\n`;
  const begun = await files.append(journal, line('begin'));
  if (!begun.ok) return begun;
  const done = await perform(op, observed, context);
  const ended = await files.append(journal, line(done.ok ? 'done' : 'failed'));
  return done.ok ? ended : done;
}

async function perform(op: ApplyOp, observed: Observed, context: ExecuteContext): Promise<Result<void>> {
  const { files, engine } = context.ports;
  const root = context.config.paths.deploy_root;
  const { artifact, payload } = observed;
  const generationDir = contractPath('deploy', 'generation', root, { generation: artifact.generation });
  switch (op.op) {
    case 'rewrite_store': {
      const removed = await files.remove(`${root}/${op.store}`);
      return removed.ok ? perform({ ...op, op: 'write_store' }, observed, context) : removed;
    }
    case 'write_store': {
      const prefix = `${op.service}/`;
      const own = [...payload]
        .filter(([path]) => path.startsWith(prefix))
        .map(([path, bytes]) => [path.slice(prefix.length), bytes] as const);
      return files.writeDirectory(`${root}/${op.store}`, new Map(own));
    }
    case 'write_secret': {
      // The directory is its owner's alone; the value is known to the scrubber from the moment that it is made.
      const file = secretFile(root, op);
      const folder = await files.makeDirectory(file.slice(0, file.lastIndexOf('/')), 0o700);
      return folder.ok ? files.write(file, `${context.ports.secrets.plant(op.bytes)}\n`, 0o400) : folder;
    }
    case 'write_generation': {
      // The payload goes with it, so that a deployed generation can be applied again from what the host holds.
      for (const [path, bytes] of payload) {
        const written = await files.write(`${generationDir}/${artifact.payload_dir}/${path}`, bytes);
        if (!written.ok) return written;
      }
      return files.write(`${generationDir}/artifact.json`, `${JSON.stringify(artifact, null, 2)}\n`);
    }
    case 'start':
    case 'replace': {
      const up = await engine.up(op.service, `${generationDir}/${artifact.payload_dir}/${artifact.compose_file}`);
      return up.ok ? waitReady(op.service, context) : up;
    }
    case 'await_ready':
      return waitReady(op.service, context);
    case 'stop':
      return engine.stop(op.service);
    case 'flip_current':
      return files.link(
        contractPath('deploy', 'current', root),
        `${contractPath('deploy', 'generation', '.', { generation: op.generation }).slice(2)}`,
      );
  }
}

export function target(op: ApplyOp): string {
  return 'service' in op ? op.service : op.generation.slice(0, 12);
}

export function record(op: ApplyOp, outcome: Operation['outcome']): Operation {
  return { op: op.op, target: target(op), cause: op.cause, outcome };
}
