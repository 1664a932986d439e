import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { configText as lokiConfig, worldOf, writeConfig } from '../loki/testing.ts';
import { type Child, freePort, startProgram, untilStatus } from '../loki/testing-process.ts';
import { Bench, Receiver, until } from './testing-process.ts';

let collector: Program;
let loki: Program;
beforeAll(async () => {
  [collector, loki] = await Promise.all([buildProgram('alloy'), buildProgram('loki')]);
});
afterAll(() => {
  collector.remove();
  loki.remove();
});

/** Numbers from a seed, so that a failing run can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function rotate(path: string, kind: 'rename' | 'copy'): void {
  for (let n = 9; n > 0; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  if (kind === 'rename') {
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
  } else {
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  }
}

/** Writes numbered lines in bursts; kills and rotates at its own times. */
async function writeUnderKills(it: Bench, total: number, next: () => number, pushes: () => number): Promise<void> {
  const path = join(it.logs, 'app.log');
  writeFileSync(path, '');
  let child: Child | undefined = it.start();
  await untilStatus(`${it.url}/-/ready`, 200);
  const events = [...Array.from({ length: 5 }, () => 'kill'), 'rename', 'copy', 'rename', 'copy'];
  let written = 0;
  while (written < total) {
    const before = await bytesBegun(it);
    const stored = pushes();
    const burst = Math.min(total - written, 1 + Math.floor(next() * (total / 20)));
    appendFileSync(
      path,
      Array.from({ length: burst }, (_, i) => `n=${written + i} the quick brown fox jumps over the lazy dog\n`).join(
        '',
      ),
    );
    written += burst;
    if (events.length === 0 || next() < 0.3) continue;
    const [event] = events.splice(Math.floor(next() * events.length), 1);
    if (event === 'rename' || event === 'copy') rotate(path, event);
    else if (child) {
      // While it reads; when it is about to send what it read; when that is stored and the answer is under way.
      const moment = next();
      if (moment > 0.4) await until('a push to be stored', () => pushes() > stored);
      else if (moment > 0.2) await until('a push to begin', async () => ![before, 0].includes(await bytesBegun(it)));
      await it.kill(child);
      child = next() < 0.5 ? it.start() : undefined;
    }
    child ??= next() < 0.7 ? it.start() : undefined;
  }
  child ??= it.start();
}

/** How much the running collector began to send; 0 while none answers. */
async function bytesBegun(it: Bench): Promise<number> {
  try {
    const text = await (await fetch(`${it.url}/metrics`)).text();
    return Number(/^loki_write_encoded_bytes_total\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

const numbers = (lines: readonly string[]) => lines.map((line) => Number(/^n=(\d+) /.exec(line)?.[1]));
const upTo = (total: number) => Array.from({ length: total }, (_, n) => n);

test.each([1, 2, 3, 4])(
  'every line must be stored once and in order over kills and rotations (seed %i)',
  async (seed) => {
    const receiver = new Receiver();
    const it = await Bench.open(collector, await receiver.listen());
    onTestFinished(async () => {
      await it.close();
      await receiver.close();
    });
    receiver.answerAfterMs = 40;
    const total = 20_000;
    await writeUnderKills(it, total, random(seed), () => receiver.bodies.length);
    await until('the last line', () => receiver.lines.at(-1)?.startsWith(`n=${total - 1} `) === true, 30_000);
    expect(numbers(receiver.lines)).toEqual(upTo(total));
  },
);

test('every line must be in the stand-in of Loki once and in order over kills and rotations', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-alloy-loki-'));
  writeConfig(directory, 'loki.yml', lokiConfig());
  const lokiPort = await freePort();
  const store = startProgram(loki, ['-config.file=/etc/loki/loki.yml'], worldOf(directory, lokiPort));
  const it = await Bench.open(collector, lokiPort);
  onTestFinished(async () => {
    await it.close();
    await it.kill(store);
    rmSync(directory, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${lokiPort}`;
  await untilStatus(`${url}/ready`, 200);
  const total = 20_000;
  // Loki is not asked here: every moment counts as one after a push.
  let asked = 0;
  await writeUnderKills(it, total, random(99), () => asked++);
  await until('the last line', async () => (await query(url, `|= "n=${total - 1} "`, 0n)).length === 1, 30_000);
  const lines: string[] = [];
  for (let from = 0n; ; ) {
    const page = await query(url, '', from);
    lines.push(...page.map(([, line]) => line));
    const last = page.at(-1);
    if (!last || page.length < 5000) break;
    from = BigInt(last[0]) + 1n;
  }
  expect(numbers(lines)).toEqual(upTo(total));
});

async function query(url: string, filter: string, from: bigint): Promise<readonly (readonly [string, string])[]> {
  const start = from > 0n ? from : BigInt(Date.now() - 3_600_000) * 1_000_000n;
  const params = new URLSearchParams({
    query: `{job="varlog"} ${filter}`,
    direction: 'forward',
    limit: '5000',
    start: String(start),
  });
  const response = await fetch(`${url}/loki/api/v1/query_range?${params}`);
  const answer = (await response.json()) as { data: { result: { values: [string, string][] }[] } };
  return answer.data.result.flatMap((stream) => stream.values);
}
