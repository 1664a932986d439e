import { dirname, join } from 'node:path';
import type { EnginePort, HostPort, Paths } from '@plumbline/contracts';
import type { Processes } from '../adapters/process.ts';
import type { Place, Said, Seen } from './seen.ts';

const ANSWER_MS = 10_000;
const TEST_TOOLS = ['bash', 'apt-get', 'dpkg', 'unshare'];

/** Where the doctor looks from. */
export interface World {
  readonly host: HostPort;
  readonly engine: EnginePort;
  readonly processes: Processes;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly installRoot: string;
}

/** Looks at this machine. Changes nothing: each program is only asked for its version. */
export async function look(paths: Paths, world: World): Promise<Seen> {
  const { host, engine, installRoot } = world;
  const running = await engine.observe();
  const services = await host.access(join(installRoot, '.plumb/debian/usr/bin/prometheus'));
  return {
    node: process.versions.node,
    npm: await ask(['npm', '--version'], world),
    flock: await ask(['flock', '--version'], world),
    git: await ask(['git', '--version'], world),
    docker: {
      cli: await ask(['docker', 'version', '--format', '{{.Client.Version}}'], world, { anyExit: true }),
      daemon: await ask(['docker', 'version', '--format', '{{.Server.Version}}'], world),
      compose: await ask(['docker', 'compose', 'version', '--short'], world),
    },
    freeBytes: await host.freeBytes(paths.deploy_root),
    availableMemory: await host.availableMemory(),
    listeners: await host.listening(),
    own: running.ok
      ? {
          ok: true,
          value: new Set(
            running.value.filter((s) => s.state === 'running').map((s) => Number(s.address.split(':').at(-1))),
          ),
        }
      : running,
    places: [
      await nearest('output_dir', paths.output_dir, paths.output_dir, host),
      await nearest('deploy_root', paths.deploy_root, paths.deploy_root, host),
    ],
    testTools: await Promise.all(TEST_TOOLS.map(async (tool) => ({ tool, said: await find(tool, host) }))),
    realServices: services.ok && services.value !== undefined,
  };
}

async function find(tool: string, host: HostPort): Promise<Said> {
  const found = await host.which(tool);
  if (!found.ok) return { kind: 'unseen', why: found.failure.message };
  return found.value === undefined ? { kind: 'absent' } : { kind: 'said', text: found.value };
}

/** The last line that a program prints, which for each of these is its version. `anyExit`: also where it then fails. */
async function ask(
  argv: readonly [string, ...string[]],
  { host, processes, env }: World,
  { anyExit = false } = {},
): Promise<Said> {
  const there = await find(argv[0], host);
  if (there.kind !== 'said') return there;
  const own = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const limit = AbortSignal.timeout(ANSWER_MS);
  const { exit, output } = await processes.run({ argv, cwd: '/', env: own, signal: limit });
  const lines = Buffer.concat([output.head, output.tail])
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (exit.kind === 'not_started') return { kind: 'unseen', why: `${there.text} does not start: ${exit.errno}` };
  if (exit.kind === 'signal') return { kind: 'unseen', why: `no answer within ${ANSWER_MS / 1000} s` };
  const version = lines.find((line) => /^\D{0,30}\d+\.\d/.test(line));
  if (version !== undefined && (exit.code === 0 || anyExit)) return { kind: 'said', text: version };
  const complaint = lines.find((line) => line !== version) ?? `exit ${exit.code}`;
  return exit.code === 0
    ? { kind: 'unseen', why: `no version in its answer: ${complaint}` }
    : { kind: 'refused', why: complaint };
}

async function nearest(name: string, path: string, at: string, host: HostPort): Promise<Place> {
  const access = await host.access(at);
  if (!access.ok || access.value !== undefined || dirname(at) === at) return { name, path, nearest: at, access };
  return nearest(name, path, dirname(at), host);
}
