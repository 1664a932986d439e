// The one process that stays after `up` on the embedded engine: it owns the stand-ins of one deploy root. It lives as
// long as it holds its lock, and its children end when their channel to it closes, so a kill -9 leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { contractPath } from '@plumbline/contracts';
import { portTaken } from './port-taken.ts';
import type { ServiceSpec, State } from './protocol.ts';
import { Service } from './service.ts';

const MAX_BODY = 1 << 20;
/** The adapter waits on this descriptor until the supervisor answers, or ends. */
const READY_FD = 3;
/** An answer that is written is on its way after this. */
const LAST_WORD_MS = 20;

const deployRoot = process.argv[2];
if (deployRoot === undefined) end('usage: supervisor <deploy root>', 64);

const build = createHash('sha256')
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');
const token = randomBytes(32).toString('hex');
const services = new Map<string, Service>();
let closing = false;

takeLock(deployRoot);
const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    if (!response.headersSent)
      answer(response, 500, { message: error instanceof Error ? error.message : String(error) });
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  announce({ port, token, pid: process.pid, build });
});
process.once('SIGTERM', () => void shutdown());
process.once('SIGINT', () => void shutdown());

/** The lock belongs to this open descriptor until the process ends; flock only sets it. */
function takeLock(root: string): void {
  const fd = openSync(contractPath('deploy', 'supervisor_lock', root), 'a', 0o600);
  const held = spawnSync('flock', ['-w', '5', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (held.status !== 0) end(`another supervisor holds the lock of ${root}`, 75);
}

function announce(state: {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  readonly build: string;
}): void {
  const path = contractPath('deploy', 'supervisor', deployRoot as string);
  writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  try {
    writeSync(READY_FD, 'ready\n');
    closeSync(READY_FD);
  } catch {
    // Started by hand: nobody waits.
  }
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!authorised(request.headers.authorization ?? '')) return answer(response, 401, { message: 'wrong token' });
  const [, version, noun, name] = (request.url ?? '').split('/');
  const route = `${request.method} /${version}/${noun}${name === undefined ? '' : '/*'}`;
  switch (route) {
    case 'GET /v1/state':
      return answer(response, 200, state());
    case 'PUT /v1/services/*': {
      const spec = JSON.parse(await body(request)) as ServiceSpec;
      if (closing) return answer(response, 409, { closing: true });
      await services.get(name as string)?.stop();
      services.delete(name as string);
      for (const { host, port } of spec.listen) {
        if (await portTaken(host, port)) return answer(response, 409, { taken: { host, port } });
      }
      if (closing) return answer(response, 409, { closing: true });
      return answer(response, 200, start(name as string, spec));
    }
    case 'DELETE /v1/services/*':
      await services.get(name as string)?.stop();
      services.delete(name as string);
      return answer(response, 204);
    case 'POST /v1/shutdown':
      await stopAll();
      answer(response, 204);
      // Whether anyone is left to take the answer must not matter: who asked may have died meanwhile.
      setTimeout(() => void shutdown(), LAST_WORD_MS);
      return;
    default:
      return answer(response, 404, { message: `no ${route}` });
  }
}

function start(name: string, spec: ServiceSpec) {
  const service = new Service(name, spec);
  services.set(name, service);
  service.start();
  return service.state();
}

function state(): State {
  return { build, pid: process.pid, services: [...services.values()].map((service) => service.state()) };
}

async function stopAll(): Promise<void> {
  closing = true;
  await Promise.all([...services.values()].map((service) => service.stop()));
}

async function shutdown(): Promise<void> {
  await stopAll();
  rmSync(contractPath('deploy', 'supervisor', deployRoot as string), { force: true });
  process.exit(0);
}

function authorised(header: string): boolean {
  const given = Buffer.from(header);
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response: ServerResponse, status: number, value?: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}

function end(message: string, code: number): never {
  process.stderr.write(`supervisor: ${message}\n`);
  process.exit(code);
}
