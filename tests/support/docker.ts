import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';

const run = promisify(execFile);
const tools = join(import.meta.dirname, '../../tools/docker');
const program = join(tools, 'engine.sh');

type ImageName = 'probe' | 'loki' | 'alloy' | 'grafana' | 'cadvisor' | 'prometheus' | 'node-exporter';

/** A real Docker engine that belongs to the tests, with the images of the tests in it. */
export interface Engine {
  readonly directory: string;
  /** What a client needs: DOCKER_HOST, DOCKER_CONFIG with Compose as a plugin, and PATH with the client. */
  readonly env: Readonly<Record<string, string>>;
  readonly images: Readonly<Record<ImageName, string>>;
  /** Runs the client; its stdout without the last line end. Rejects with what it said when it fails. */
  docker(...args: string[]): Promise<string>;
  /** A name and a folder of one test's own; `await using` removes all that carries the name. */
  project(): Project;
}

/** What of the engine belongs to one test. */
export interface Project extends AsyncDisposable {
  /** Unique: of the compose project, and of what is made by hand with `label`. */
  readonly name: string;
  /** An empty folder. */
  readonly root: string;
  /** For `docker run` and `docker network create`: makes it the project's. */
  readonly label: string;
}

/**
 * Declares tests that need the engine. Where there is none they are skipped, with the reason in their name; with
 * PLUMBLINE_TEST_DOCKER=required they fail.
 */
export async function describeDocker(
  name: string,
  declare: (engine: Engine) => void,
  find: () => Promise<Engine | Missing> = findEngine,
): Promise<void> {
  const found = await find();
  if (!('missing' in found)) return void describe(name, () => declare(found));
  if (process.env.PLUMBLINE_TEST_DOCKER === 'required') throw new Error(`no Docker engine: ${found.missing}`);
  describe.skipIf(true)(`${name}: left out, ${found.missing}`, () => declare({} as Engine));
}

/** Why there is no engine. */
export interface Missing {
  readonly missing: string;
}

/** The engine of this run, started by whoever asks first; or the one of PLUMBLINE_TEST_DOCKER_DIRECTORY. */
export async function findEngine(): Promise<Engine | Missing> {
  const directory = process.env.PLUMBLINE_TEST_DOCKER_DIRECTORY;
  if (!directory) throw new Error('the tests of a run share one engine: start them with vitest.config.ts');
  const told = join(directory, 'missing');
  if (existsSync(told)) return { missing: readFileSync(told, 'utf8') };
  try {
    await start(directory);
    const images = JSON.parse(readFileSync(imagesFile(directory), 'utf8'));
    return { ...clientOf(directory), images };
  } catch (thrown) {
    const said = String((thrown as { stderr?: string }).stderr || thrown);
    const missing = (said.trim().split('\n').at(-1) ?? '').replace(/^docker: /, '');
    mkdirSync(directory, { recursive: true });
    writeFileSync(told, missing);
    return { missing };
  }
}

/**
 * A second engine, Debian 13's, which keeps images as containerd does and so names them by other digests. It has no
 * image, reaches the registries of loopback, and publishes no ports; `await using` ends it.
 */
export async function startNewerEngine(): Promise<Omit<Engine, 'images'> & AsyncDisposable> {
  // Named after the run, so that one that was killed is known to have left it.
  const directory = mkdtempSync(join(tmpdir(), `plumbline-newer-engine-${process.ppid}-`));
  await run(program, ['start', directory, 'newer']);
  return {
    ...clientOf(directory),
    async [Symbol.asyncDispose]() {
      await run(program, ['stop', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An engine that one test has for itself, to kill; `start` brings it back. */
export interface OwnEngine extends Engine, AsyncDisposable {
  /** Where it keeps its images and containers, as this process can reach it while the daemon runs. */
  data(): string;
  /** SIGKILL to its daemon. */
  kill(): void;
  start(): Promise<void>;
  /** As an operator restarts it: it ends by itself, and starts again what ran. */
  restart(): Promise<void>;
}

/** How an engine of its own is to be out of the ordinary. */
export interface Oddities {
  /** A folder that is empty to it. */
  readonly hidden?: string;
  /** The size of the disk that it keeps everything on, as mount(8) reads it. */
  readonly room?: string;
}

/** Starts an engine for one test. Where there can be no engine, the shared one has said so before. */
export async function startOwnEngine({ hidden, room }: Oddities = {}): Promise<OwnEngine> {
  // Named after the run, so that one that was killed is known to have left it.
  const directory = mkdtempSync(join(tmpdir(), `plumbline-own-engine-${process.ppid}-`));
  const data = join(directory, 'data');
  mkdirSync(data);
  const mounts = [
    ...(hidden === undefined ? [] : [['size=1m', hidden] as const]),
    ...(room === undefined ? [] : [[`size=${room}`, data] as const]),
  ];
  await start(directory, { beside: true, mounts });
  const pid = () => Number(readFileSync(join(directory, 'docker.pid'), 'utf8'));
  return {
    ...clientOf(directory),
    images: JSON.parse(readFileSync(imagesFile(directory), 'utf8')),
    // Its mounts are its own: they are seen through its process.
    data: () => join(`/proc/${pid()}/root`, data),
    kill: () => process.kill(pid(), 'SIGKILL'),
    start: () => start(directory, { beside: true, mounts }),
    async restart() {
      const before = pid();
      process.kill(before, 'SIGTERM');
      while (existsSync(`/proc/${before}`)) await new Promise((resolve) => setTimeout(resolve, 25));
      await start(directory, { beside: true, mounts });
    },
    async [Symbol.asyncDispose]() {
      await run(program, ['stop', directory]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Start {
  /** Whether another engine makes the rules of networks, and this one none. */
  readonly beside: boolean;
  readonly mounts: readonly (readonly [options: string, at: string])[];
}

/** Starts it and gives it the images, once, however many ask at the same time. */
async function start(directory: string, { beside, mounts }: Start = { beside: false, mounts: [] }): Promise<void> {
  const mount = 'mount -t tmpfs -o "$0" plumbline "$1" && shift && exec "$@"';
  const within = mounts.flatMap(([options, at]) => ['sh', '-c', mount, options, at]);
  const command = [program, 'start', directory, ...(beside ? ['beside'] : [])];
  if (mounts.length === 0) await run(program, command.slice(1));
  else await run('unshare', ['--mount', ...within, ...command]);
  const env = { ...process.env, ...clientEnvironment(directory) };
  const make = '[ -f "$1" ] || { "$0" "$2" >"$1.new" && mv "$1.new" "$1"; }';
  const script = [process.execPath, imagesFile(directory), join(tools, 'images.mjs')];
  await run('flock', [join(directory, 'images.lock'), 'sh', '-c', make, ...script], { env });
}

/** Written once in a run, which is the parent of all workers: the next one may have other programs to put into images. */
function imagesFile(directory: string): string {
  return join(directory, `images-${process.ppid}.json`);
}

function clientEnvironment(directory: string): Readonly<Record<string, string>> {
  return {
    DOCKER_HOST: `unix://${join(directory, 'docker.sock')}`,
    DOCKER_CONFIG: join(directory, 'client'),
    PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
  };
}

function clientOf(directory: string): Omit<Engine, 'images'> {
  const env = clientEnvironment(directory);
  const docker = async (...args: string[]) => {
    const { stdout } = await run(join(directory, 'bin/docker'), args, { env: { ...process.env, ...env } });
    return stdout.trimEnd();
  };
  return { directory, env, docker, project: () => makeProject(docker) };
}

function makeProject(docker: Engine['docker']): Project {
  const name = `plumbline-test-${randomBytes(4).toString('hex')}`;
  const root = mkdtempSync(join(tmpdir(), 'plumb docker ü '));
  const labels = ['plumbline.test', 'io.plumbline.project', 'com.docker.compose.project'];
  const remove = async (list: readonly string[], remover: readonly string[]) => {
    for (const label of labels) {
      const ids = await docker(...list, '--quiet', '--filter', `label=${label}=${name}`);
      if (ids !== '') await docker(...remover, ...ids.split('\n'));
    }
  };
  return {
    name,
    root,
    label: `plumbline.test=${name}`,
    async [Symbol.asyncDispose]() {
      await remove(['ps', '--all'], ['rm', '--force', '--volumes']);
      await remove(['network', 'ls'], ['network', 'rm']);
      await remove(['volume', 'ls'], ['volume', 'rm']);
      rmSync(root, { recursive: true, force: true });
    },
  };
}
