// Ends this process where the work that is watched does not go on: a loop that never ends blocks every timer of its
// thread, and vitest waits for it for ever. Plain JavaScript, so that a process without a build can be watched.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const watch = `
const { workerData } = require('node:worker_threads');
const { count, what, limitMs } = workerData;
const turns = new Int32Array(count);
for (let seen = Atomics.load(turns, 0); ; seen = Atomics.load(turns, 0)) {
  if (Atomics.wait(turns, 0, seen, limitMs) !== 'timed-out') continue;
  require('node:fs').writeSync(2, 'hangs: ' + Buffer.from(what).toString().replace(/\\0+$/, '') + '\\n');
  process.kill(process.pid, 'SIGKILL');
}
`;

/** Watches this thread until it is ended: `next` says that it goes on, and with what; `end` that it is done. */
export async function watchdog(limitMs) {
  const count = new SharedArrayBuffer(4);
  const what = new SharedArrayBuffer(64 * 1024);
  const worker = new Worker(watch, { eval: true, execArgv: [], workerData: { count, what, limitMs } });
  // Its thread begins only while this one is at rest.
  await once(worker, 'online');
  worker.unref();
  const turns = new Int32Array(count);
  return {
    next(text) {
      const bytes = Buffer.from(what);
      bytes.fill(0);
      bytes.write(text);
      Atomics.add(turns, 0, 1);
      Atomics.notify(turns, 0);
    },
    end: () => worker.terminate(),
  };
}
