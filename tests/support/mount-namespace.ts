import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Deployment, type Ended, ended } from './deployment.ts';

const program = join(import.meta.dirname, '../../runner/dist/plumb.js');

/** The command line in a view of the file system that is its own: mounts there are nobody else's, and need no root. */
export interface MountNamespace {
  plumb(...args: string[]): Promise<Ended>;
  /** Runs a shell command; its stdout, or an error with what it said. */
  sh(script: string, ...args: string[]): Promise<string>;
  /** Where a path of it is seen from outside. */
  outside(path: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a namespace for a deployment. It lasts until it is disposed of, or the last process in it ends. */
export async function mountNamespace(d: Deployment): Promise<MountNamespace> {
  const holder = spawn('/usr/bin/unshare', ['--map-root-user', '--mount', 'sh', '-c', 'echo ready && exec cat'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  holder.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const gone = once(holder, 'exit');
  const ready = await Promise.race([once(holder.stdout, 'data').then(() => true), gone.then(() => false)]);
  if (!ready) throw new Error(`this system lets no user make a mount namespace (unshare --map-root-user): ${said}`);
  const enter = (argv: readonly string[]): ChildProcess =>
    spawn(
      '/usr/bin/nsenter',
      ['--target', String(holder.pid), '--user', '--preserve-credentials', '--mount', '--', ...argv],
      {
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  return {
    plumb: (...args) => ended(enter([process.execPath, program, ...args, '--config', d.configFile])),
    async sh(script, ...args) {
      const { code, stdout, stderr } = await ended(enter(['sh', '-euc', script, 'sh', ...args]));
      if (code !== 0) throw new Error(`${script}: ${stderr}`);
      return stdout;
    },
    outside: (path) => `/proc/${holder.pid}/root${path}`,
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await gone;
    },
  };
}
