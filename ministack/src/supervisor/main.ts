// The one process that stays after `up` on the embedded engine: it owns the stand-ins of one deploy root. It lives as
// long as it holds its lock, which its children keep too; they end when their channel to it closes, so a kill -9 of it
// leaves nothing behind, and a free lock says that nothing of it is left.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { contractPath, createScrubber, type Scrubber } from '@plumbline/contracts';
import { createApi } from './api.ts';
import { learnDeployed, learnVariables } from './known-secrets.ts';
import type { Announcement } from './protocol.ts';
import { Services } from './services.ts';
import { createTurns } from './turns.ts';

/** The adapter waits on this descriptor until the supervisor answers, or ends. */
const READY_FD = 3;
/** Longer than the longest change: a service's grace and the end of everything. */
const STATE_LIMIT_MS = 15_000;
/** An answer that is written is on its way after this. */
const LAST_WORD_MS = 20;

const scrubber = createScrubber();
// Its stack is for the log, and goes there as everything does.
process.once('uncaughtException', (thrown) => end(thrown.stack ?? thrown.message, 1));
const deployRoot = process.argv[2] ?? end('usage: supervisor <deploy root>', 64);
learnDeployed(deployRoot, scrubber);
const announcement = contractPath('deploy', 'supervisor', deployRoot);

const build = createHash('sha256')
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .digest('hex');
const token = randomBytes(32).toString('hex');
scrubber.add(token);
const lock = takeLock(deployRoot);
// What an earlier one left says how to reach that one.
rmSync(announcement, { force: true });

let leaving = false;
const turns = createTurns();
const services = new Services({ lock, named: (projects) => announce(projects), scrubber: learned });
const server = createApi({ token, build, services, turns, stateLimitMs: STATE_LIMIT_MS, ended: leave });
server.listen(0, '127.0.0.1', () => {
  announce([]);
  sayReady();
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    services.close();
    void turns.take(signal, () => services.stopAll()).then(leave);
  });

/** The lock belongs to this open descriptor, and to those of the children; flock only sets it. */
function takeLock(root: string): number {
  const fd = openSync(contractPath('deploy', 'supervisor_lock', root), 'a', 0o600);
  const held = spawnSync('flock', ['-w', '5', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  if (held.status !== 0) end(`another supervisor, or a service of one, holds the lock of ${root}`, 75);
  return fd;
}

/** The scrubber, with what was made or handed over since it was asked for last. */
function learned(world: unknown): Scrubber {
  learnDeployed(deployRoot, scrubber);
  learnVariables(world, scrubber);
  return scrubber;
}

let announced: string | undefined;

/** Says in supervisor.json how it is reached, and whose services it runs. */
function announce(projects: readonly string[]): void {
  const { port } = server.address() as AddressInfo;
  const said: Announcement = { port, token, pid: process.pid, build, projects };
  const text = JSON.stringify(said);
  if (text === announced) return;
  writeFileSync(`${announcement}.new`, text, { mode: 0o600 });
  renameSync(`${announcement}.new`, announcement);
  announced = text;
}

function sayReady(): void {
  try {
    writeSync(READY_FD, 'ready\n');
    closeSync(READY_FD);
  } catch {
    // Started by hand: nobody waits.
  }
}

/** Everything has stopped. What still waits for its turn is refused, and its answer is on its way, before the end. */
function leave(): void {
  if (leaving) return;
  leaving = true;
  const last = () => {
    rmSync(announcement, { force: true });
    process.exit(0);
  };
  void turns.take('end', () => undefined).then(() => setTimeout(last, LAST_WORD_MS));
}

function end(message: string, code: number): never {
  process.stderr.write(scrubber.text(`supervisor: ${message}\n`));
  process.exit(code);
}
