import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import { expect, onTestFinished, test } from 'vitest';
import { takeLock } from '../lock.ts';
import { createEmbeddedEngine } from './engine.ts';
import { supervisorBuild } from './programs.ts';

/** A supervisor that holds its lock and refuses everything with an answer of the test's. */
async function refusing(answer: unknown) {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-engine-'));
  const lock = takeLock(contractPath('deploy', 'supervisor_lock', root), 'a test');
  if (!lock.ok) throw new Error(lock.failure.message);
  let open = true;
  const end = () => {
    if (open) lock.value.release();
    open = false;
  };
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      asked += 1;
      response.writeHead(409, { connection: 'close' }).end(JSON.stringify(answer));
      setTimeout(end, 200);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const said = { port, token: 't', pid: process.pid, build: supervisorBuild() };
  writeFileSync(contractPath('deploy', 'supervisor', root), JSON.stringify(said));
  const compose = join(root, 'compose.yml');
  // A project has one root on all of this machine, where the same test may run a second time.
  writeFileSync(
    compose,
    `name: p-${randomBytes(4).toString('hex')}\nservices:\n  machine:\n    image: gcr.io/cadvisor/cadvisor:v0.49.1\n`,
  );
  const engine = createEmbeddedEngine(root);
  onTestFinished(async () => {
    end();
    server.close();
    await engine.down({ volumes: true });
    rmSync(root, { recursive: true, force: true });
  });
  return { engine, compose, asked: () => asked };
}

test('a refusal that names no port must be an error, not a crash', async () => {
  const { engine, compose } = await refusing({ message: 'no' });
  const result = await engine.up('machine', compose);
  expect(result).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
  expect(!result.ok && result.failure.message).toContain('409');
});

test('a supervisor that is at a change for too long must be an error that names it', async () => {
  const busy = { operation: 'PUT /v1/services/loki', since: '2026-03-01T12:00:00.000Z' };
  const { engine } = await refusing({ busy });
  const seen = await engine.observe();
  expect(seen).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
  expect(!seen.ok && seen.failure.message).toContain('at PUT /v1/services/loki since 2026-03-01T12:00:00.000Z');
});

test('a supervisor that is closing must be waited for and replaced', async () => {
  const { engine, compose, asked } = await refusing({ closing: true });
  const result = await engine.up('machine', compose);
  expect(result).toMatchObject({ ok: true, value: { service: 'machine', state: 'running' } });
  expect(asked()).toBe(1);
});
