import { type JournalEntry, ok, type Ports } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact, payload, payloadBytes } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { digest, identity, lockedImage } from '../../../tests/support/images.ts';
import { nothingDeployed } from '../../../tests/support/observed.ts';
import { endpoint, fakeEngine, fakeHealth, fakePorts } from '../../../tests/support/ports.ts';
import { execute } from './execute.ts';
import type { ExecuteContext } from './execute-context.ts';
import { journalWriter } from './journal.ts';
import type { ApplyOp } from './operation.ts';
import { plan } from './plan.ts';

const config = demoEnvironment();
const root = config.paths.deploy_root;
const artifact = makeArtifact();
const nothing = nothingDeployed({ artifact, payload: payloadBytes });
const { ops } = plan(nothing);

function rig(given: Partial<Ports> = {}) {
  const files = memoryFiles();
  const engine = fakeEngine();
  const controller = new AbortController();
  const ports = fakePorts({ files, engine, ...given });
  const about = { deployRoot: root, run: 'r1', generation: artifact.generation, torn: false };
  const write = journalWriter(about, ports);
  const context: ExecuteContext = { config, ports, signal: controller.signal, journal: write, emit: () => undefined };
  const journal = () =>
    files
      .text(`${root}/journal.jsonl`)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry)
      .map(({ stage, op, target, outcome }) =>
        op === undefined ? `${stage} ${outcome}` : `${op} ${target} ${outcome}`,
      );
  return { files, engine, controller, context, journal };
}

const outcomes = (done: Awaited<ReturnType<typeof execute>>) =>
  done.operations.map((op) => `${op.op} ${op.target} ${op.outcome}`);

describe('execute', () => {
  it('must carry out a whole plan, one call an operation, in order', async () => {
    const { files, engine, context } = rig();
    const done = await execute(ops, nothing, context);
    expect(done.failure).toBeUndefined();
    expect(done.operations.every((op) => op.outcome === 'done')).toBe(true);
    expect(engine.calls.filter((call) => call.startsWith('up'))).toEqual(['up loki', 'up alloy']);
    const compose = `${root}/generations/${artifact.generation}/artifact/compose.yml`;
    expect(engine.calls).toContain(`from ${compose}`);
    expect(files.text(compose)).toBe(payload['compose.yml']);
    expect(files.text(`${root}/store/loki-0123456789ab/loki.yml`)).toBe(payload['loki/loki.yml']);
    expect(files.content.has(`${root}/store/alloy-0123456789ab/loki.yml`)).toBe(false);
    expect(JSON.parse(files.text(`${root}/generations/${artifact.generation}/artifact.json`))).toEqual(artifact);
    expect(files.links.get(`${root}/current`)).toBe(`generations/${artifact.generation}`);
  });

  it('must write each operation to the journal before it and after it', async () => {
    const { context, journal } = rig();
    await execute(ops, nothing, context);
    const lines = journal();
    expect([lines[0], lines.at(-1)]).toEqual(['apply begin', 'apply done']);
    expect(lines.slice(1, -1)).toHaveLength(ops.length * 2);
    expect(lines.slice(1, 5)).toEqual([
      'claim_root plumbline-demo begin',
      'claim_root plumbline-demo done',
      'make_probe probe begin',
      'make_probe probe done',
    ]);
    expect(lines.slice(-5, -1)).toEqual(
      ['write_provenance', 'flip_current'].flatMap((op) =>
        ['begin', 'done'].map((outcome) => `${op} ${artifact.generation.slice(0, 12)} ${outcome}`),
      ),
    );
  });

  it('must pull or rename an image only to use the one that is locked, and start nothing of another', async () => {
    const image = 'example/loki:1.0.0';
    const locked = nothingDeployed({
      artifact: makeArtifact({ images: { [image]: lockedImage() } }),
      payload: payloadBytes,
    });
    const pull: ApplyOp = { op: 'pull', image, cause: 'it is not on this host' };
    const start: ApplyOp = { op: 'start', service: 'loki', cause: 'it does not run' };
    const act = async (op: ApplyOp, configDigest: string) => {
      const { engine, context } = rig();
      const pulled: string[] = [];
      engine.pull = async (one) => {
        pulled.push(one);
        return ok(undefined);
      };
      engine.retag = async (one, id) => {
        pulled.push(`${one} is ${id}`);
        return ok(undefined);
      };
      engine.identity = async () => ok(identity({ configDigest }));
      const done = await execute([op], locked, context);
      return [...pulled, ...engine.calls.filter((call) => call.startsWith('up ')), done.failure?.code ?? 'done'];
    };
    expect(await act(pull, digest('a'))).toEqual([image, 'done']);
    expect(await act(pull, digest('b'))).toEqual([image, 'E_PROOF_IMAGE_MISMATCH']);
    const retag: ApplyOp = { op: 'retag', image, id: 'sha256:id', cause: 'its name stands for another' };
    expect(await act(retag, digest('a'))).toEqual([`${image} is sha256:id`, 'done']);
    expect(await act(retag, digest('b'))).toEqual([`${image} is sha256:id`, 'E_PROOF_IMAGE_MISMATCH']);
    expect(await act(start, digest('a'))).toEqual(['up loki', 'done']);
    expect(await act(start, digest('b'))).toEqual(['E_PROOF_IMAGE_MISMATCH']);
  });

  it('must stop at the first failure and say of the rest that it was not reached', async () => {
    const { engine, files, context, journal } = rig();
    engine.failing.add('up loki');
    const done = await execute(ops, nothing, context);
    expect(done.failure?.code).toBe('E_RUNTIME_SUPERVISOR');
    expect(outcomes(done).slice(-4)).toEqual([
      'start loki failed',
      'start alloy not_reached',
      `write_provenance ${artifact.generation.slice(0, 12)} not_reached`,
      `flip_current ${artifact.generation.slice(0, 12)} not_reached`,
    ]);
    expect(journal().slice(-3)).toEqual(['start loki begin', 'start loki failed', 'apply failed']);
    expect(engine.calls).not.toContain('up alloy');
    expect(files.links.has(`${root}/current`)).toBe(false);
  });

  it('must take a service that does not become ready for a failure of its start', async () => {
    const health = fakeHealth([endpoint('loki-ready', 'loki', { retries: 1 })], () => 'not yet');
    const { engine, context } = rig({ health });
    const done = await execute(ops, nothing, context);
    expect(done.failure?.code).toBe('E_RUNTIME_SERVICE_UNHEALTHY');
    expect(engine.calls).not.toContain('up alloy');
  });

  it('must change nothing when the journal cannot be written', async () => {
    const { files, engine, context } = rig();
    files.failing.add(`append ${root}/journal.jsonl`);
    const done = await execute(ops, nothing, context);
    expect(done.failure?.code).toBe('E_ENV_UNWRITABLE');
    expect(files.content.size + files.links.size + engine.calls.length).toBe(0);
  });

  it('must reach nothing more once it is told to stop, and not call that a success', async () => {
    const { engine, controller, context, journal } = rig();
    const up = engine.up.bind(engine);
    engine.up = async (service, file) => {
      controller.abort();
      return up(service, file);
    };
    const done = await execute(ops, nothing, context);
    expect(done.failure).toMatchObject({ code: 'E_ENV_INTERRUPTED', message: 'interrupted before start alloy' });
    expect(outcomes(done).slice(-4)).toEqual([
      'start loki done',
      'start alloy not_reached',
      `write_provenance ${artifact.generation.slice(0, 12)} not_reached`,
      `flip_current ${artifact.generation.slice(0, 12)} not_reached`,
    ]);
    expect(journal().slice(-2)).toEqual(['start loki done', 'apply failed']);
  });

  it('must stop a service by the engine, and do nothing for an empty plan', async () => {
    const { engine, context, journal } = rig();
    const stop: ApplyOp = { op: 'stop', service: 'old', cause: 'the stack no longer has it' };
    expect(await execute([stop], nothing, context)).toEqual({
      operations: [{ op: 'stop', target: 'old', cause: stop.cause, outcome: 'done' }],
    });
    expect(engine.calls).toEqual(['stop old']);
    const lines = journal().length;
    expect(await execute([], nothing, context)).toEqual({ operations: [] });
    expect(journal()).toHaveLength(lines);
    const cutOff = { ...nothing.journal, open: { run: 'r0', generation: artifact.generation } };
    expect(await execute([], { ...nothing, journal: cutOff }, context)).toEqual({ operations: [] });
    expect(journal().slice(lines)).toEqual(['apply begin', 'apply done']);
  });
});
