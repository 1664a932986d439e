import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import type { Announcement, ServiceSpec, State } from './protocol.ts';

/** For tests only: a supervisor that runs, in a deploy root of its own. */
export interface TestSupervisor {
  readonly root: string;
  readonly pid: number;
  /** How it ended: exit code and signal. */
  readonly ended: Promise<unknown>;
  announced(): Announcement;
  ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response>;
  state(): Promise<State['services']>;
  /** A service whose process runs a script, which says "ready" in its log once it listens to SIGTERM. */
  spec(name: string, script: string, more?: Partial<ServiceSpec>): ServiceSpec;
  /** What a service said, all of its processes. */
  said(name: string): string;
  /** Starts a service and waits until it has said that it is ready. */
  up(name: string, script: string, more?: Partial<ServiceSpec>): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const READY = `console.log('ready ' + process.pid);`;
const RUN = `process.on('disconnect', () => process.exit(0)); setInterval(() => {}, 1000);`;

/** Ends as it is told. */
export const polite = `process.on('SIGTERM', () => process.exit(0)); ${RUN} ${READY}`;

/** Says that it was told to end, and ends once a file of that name is in its working directory. */
export const patient = (file: string) =>
  `process.on('SIGTERM', () => {
    console.log('stopping');
    setInterval(() => require('node:fs').existsSync(${JSON.stringify(file)}) && process.exit(0), 10);
  }); ${RUN} ${READY}`;

export async function startSupervisor(program: string): Promise<TestSupervisor> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline supervisor ü '));
  const child = spawn(process.execPath, [program, root], { cwd: root, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const ended = once(child, 'exit');
  await once(child.stdio[3] as NodeJS.ReadableStream, 'data');
  const announced = () => JSON.parse(readFileSync(contractPath('deploy', 'supervisor', root), 'utf8')) as Announcement;
  const { port, token } = announced();
  const logOf = (service: string) => contractPath('deploy', 'service_log', root, { service });
  let made = 0;
  const supervisor: TestSupervisor = {
    root,
    pid: child.pid as number,
    ended,
    announced,
    ask: (method, path, body, signal) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
    state: async () => ((await (await supervisor.ask('GET', '/v1/state')).json()) as State).services,
    spec(name, script, more = {}) {
      const program = join(root, `${name}-${++made}.cjs`);
      writeFileSync(program, script);
      return {
        project: 'p',
        image: name,
        program,
        args: [],
        world: {},
        listen: [],
        serviceHash: 'h',
        secrets: '',
        programSha256: 's',
        address: '',
        restart: false,
        logFile: logOf(name),
        ...more,
      };
    },
    said: (name) => (existsSync(logOf(name)) ? readFileSync(logOf(name), 'utf8') : ''),
    async up(name, script, more) {
      const before = supervisor.said(name).length;
      const answer = await supervisor.ask('PUT', `/v1/services/${name}`, supervisor.spec(name, script, more));
      if (answer.status !== 200) throw new Error(await answer.text());
      await until(`${name} to be ready`, () => supervisor.said(name).slice(before).includes('ready'));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
  return supervisor;
}

/** Asks again until a condition holds; fails with what is missing where it does not. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process runs; one that has ended and that nobody has asked about does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
