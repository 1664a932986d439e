import { closeSync, copyFileSync, openSync, renameSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, eventually, makeDeployment } from './support/deployment.ts';

const LINES = process.env.PLUMBLINE_SOAK === '1' ? 500_000 : 100_000;
const KILLS = 5;
const PAGE = 5_000;

it(`must store ${LINES} lines exactly once and in order, over ${KILLS} kills of the collector and two rotations`, async () => {
  await using d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
  const file = join(d.logs, 'app.log');
  const rotations: Readonly<Record<number, () => void>> = {
    [Math.floor(LINES * 0.35)]: () => renameSync(file, `${file}.1`),
    [Math.floor(LINES * 0.7)]: () => {
      // As logrotate's copytruncate does, with nobody writing in between.
      renameSync(`${file}.1`, `${file}.2`);
      copyFileSync(file, `${file}.1`);
      truncateSync(file, 0);
    },
  };
  const killAt = new Set(Array.from({ length: KILLS }, (_, k) => Math.floor((LINES * (k + 0.5)) / KILLS)));
  let fd = openSync(file, 'a');
  let batch = '';
  const flush = () => {
    writeSync(fd, batch);
    batch = '';
  };
  for (let n = 0; n < LINES; n += 1) {
    batch += `${lineOf(n)}\n`;
    if (n % 500 === 499) {
      flush();
      // A collector cannot know of a file that came and was rotated away before it ever looked.
      if (n === 499) await eventually('the first lines in the store', async () => (await count(d)) >= 500);
      // Lets the collector work between two writes, as a real writer would.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (killAt.has(n)) {
      flush();
      await killCollector(d);
    }
    const rotate = rotations[n];
    if (rotate !== undefined) {
      flush();
      rotate();
      closeSync(fd);
      fd = openSync(file, 'a');
    }
  }
  flush();
  closeSync(fd);
  await eventually('the last line in the store', async () => (await count(d, `n=${LINES - 1} `)) >= 1, 120_000);
  const stored = await readAll(d);
  const seen = new Set(stored);
  expect(missing(seen)).toEqual([]);
  expect(stored.length).toBe(LINES);
  const wrong = stored.findIndex((line, n) => line !== lineOf(n));
  expect(wrong, `line ${wrong} is ${stored[wrong]}`).toBe(-1);
}, 300_000);

/** The first few numbers of lines that are not there. */
function missing(seen: ReadonlySet<string>): readonly number[] {
  const absent: number[] = [];
  for (let n = 0; n < LINES && absent.length < 10; n += 1) if (!seen.has(lineOf(n))) absent.push(n);
  return absent;
}

function lineOf(n: number): string {
  return `n=${n} the quick brown fox jumps over the lazy dog`;
}

/** kill -9, of the process that runs now; the supervisor starts it again. */
async function killCollector(d: Deployment): Promise<void> {
  const instance = await instanceOf(d);
  process.kill(Number(instance.split('@')[0]), 'SIGKILL');
  await eventually('the collector to be started again', async () => {
    const now = await instanceOf(d);
    return now !== instance && !now.startsWith('0@');
  });
}

async function instanceOf(d: Deployment): Promise<string> {
  const seen = await d.engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return seen.value.find((service) => service.service === 'alloy')?.instance ?? '';
}

async function query(d: Deployment, api: string, params: Readonly<Record<string, string>>) {
  const answer = await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/${api}?${new URLSearchParams(params)}`);
  if (answer.status !== 200) throw new Error(await answer.text());
  return ((await answer.json()) as { data: { result: { value?: [number, string]; values?: [string, string][] }[] } })
    .data.result;
}

async function count(d: Deployment, text = ''): Promise<number> {
  const [vector] = await query(d, 'query', { query: `sum(count_over_time({job="app"} |= "${text}" [1h]))` });
  return Number(vector?.value?.[1] ?? 0);
}

/** Every line of the one stream, by pages in the order of time. */
async function readAll(d: Deployment): Promise<readonly string[]> {
  const lines: string[] = [];
  let start = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  for (;;) {
    const end = String(BigInt(Date.now() + 60_000) * 1_000_000n);
    const streams = await query(d, 'query_range', {
      query: '{job="app"}',
      start: String(start),
      end,
      limit: String(PAGE),
      direction: 'forward',
    });
    const values = streams.flatMap((stream) => stream.values ?? []);
    if (streams.length > 1) throw new Error('one file gave more than one stream');
    lines.push(...values.map(([, line]) => line));
    const last = values.at(-1);
    if (last === undefined || values.length < PAGE) return lines;
    start = BigInt(last[0]) + 1n;
  }
}
