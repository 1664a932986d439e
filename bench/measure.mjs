// Starts programs and says how long they took and how much memory they used at most.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const probe = pathToFileURL(join(import.meta.dirname, 'max-rss.mjs')).href;

/**
 * Runs a command to its end; `listen` keeps what it prints. A command that fails ends the benchmark: its time would say
 * nothing.
 */
export async function measure([program, ...args], { cwd, env = {}, accept = [0], listen = false } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'plumbline-bench-rss-'));
  const rss = join(scratch, 'rss');
  const node = program === process.execPath;
  try {
    const since = performance.now();
    const child = spawn(program, node ? ['--import', probe, ...args] : args, {
      cwd,
      env: { ...process.env, ...env, PLUMBLINE_BENCH_RSS: rss },
      stdio: ['ignore', listen ? 'pipe' : 'ignore', 'pipe'],
    });
    const complaint = [];
    child.stderr.on('data', (chunk) => complaint.push(chunk));
    const said = [];
    child.stdout?.on('data', (chunk) => said.push(chunk));
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve(exit ?? signal));
    });
    const ms = performance.now() - since;
    if (!accept.includes(code))
      throw new Error(
        `${[program, ...args].join(' ')} ended with ${code}: ${Buffer.concat(complaint).toString().slice(-2000)}`,
      );
    return { ms, kb: node ? Number(readFileSync(rss, 'utf8')) : undefined, said: Buffer.concat(said).toString() };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Measures several commands in turn, `rounds` times, so that a busy moment falls on all of them. */
export async function alternate(commands, rounds) {
  const taken = await inTurn(commands, rounds);
  return new Map([...taken].map(([name, figures]) => [name, summed(figures)]));
}

/** The same, with the figures of every round. */
export async function inTurn(commands, rounds) {
  const taken = new Map(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) taken.get(name).push(await command());
  }
  return taken;
}

export function summed(figures) {
  const ms = figures.map((figure) => figure.ms);
  const kb = figures.flatMap((figure) => figure.kb ?? []);
  return {
    median: median(ms),
    least: Math.min(...ms),
    most: Math.max(...ms),
    kb: kb.length === 0 ? undefined : median(kb),
  };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
