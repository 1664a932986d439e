// Runs commands in process groups of their own, so that all they started can be ended with them.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const graceMs = 5000;
const running = new Map();

/** Resolves to the exit code and all that the command printed; with `verbose` it is also shown as it comes. */
export function runChild([file, ...args], { cwd, env, verbose }) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        chunks.push(chunk);
        if (verbose) process.stderr.write(chunk);
      });
    }
    const end = (code) => {
      running.delete(child);
      resolve({ code, output: Buffer.concat(chunks).toString() });
    };
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      end(127);
    });
    // `exit` and not `close`: what a command leaves running may hold its output open for ever.
    running.set(child, new Promise((ended) => child.once('exit', ended)));
    child.once('exit', (code, signal) => setImmediate(end, code ?? `signal ${signal}`));
  });
}

/** Asks every command and its children to end, and makes those end that do not. */
export async function endChildren() {
  const children = [...running];
  for (const [child] of children) signalGroup(child, 'SIGTERM');
  await Promise.race([Promise.all(children.map(([, ended]) => ended)), sleep(graceMs)]);
  for (const [child] of children) signalGroup(child, 'SIGKILL');
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}
