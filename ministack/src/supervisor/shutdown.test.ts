import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import type { ServiceSpec, State } from './protocol.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram('supervisor');
});
afterAll(() => program.remove());

/** A service that takes a moment to end, so that whoever asked can be gone before it has. */
const slow = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1500)); setInterval(() => {}, 1000);`;

test('a client that dies during a shutdown must not keep the supervisor, which must refuse new services meanwhile', async () => {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-supervisor-'));
  const child = spawn(process.execPath, [program.path, root], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(root, { recursive: true, force: true });
  });
  await once(child.stdio[3] as NodeJS.ReadableStream, 'data');
  const { port, token } = JSON.parse(readFileSync(contractPath('deploy', 'supervisor', root), 'utf8')) as {
    port: number;
    token: string;
  };
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  writeFileSync(join(root, 'slow.cjs'), slow);
  const logFile = join(root, 'slow.log');
  const spec: ServiceSpec = {
    image: 'slow',
    program: join(root, 'slow.cjs'),
    args: [],
    world: {},
    listen: [],
    serviceHash: '',
    programSha256: '',
    address: '',
    restart: false,
    logFile,
  };
  expect((await ask('PUT', '/v1/services/slow', spec)).status).toBe(200);
  const { services } = (await (await ask('GET', '/v1/state')).json()) as State;
  expect(services.map((service) => service.state)).toEqual(['running']);
  // The handler of SIGTERM must be there before it is sent.
  await new Promise((resolve) => setTimeout(resolve, 500));

  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST /v1/shutdown HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 0\r\n\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.destroy();

  const refused = await ask('PUT', '/v1/services/other', spec);
  expect(refused.status).toBe(409);
  expect(await refused.json()).toEqual({ closing: true });
  expect(await ended).toEqual([0, null]);
}, 20_000);
