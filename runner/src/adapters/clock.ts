import type { ClockPort } from '@plumbline/contracts';

/** This host's clock. */
export const clock: ClockPort = {
  now: () => Date.now(),
  nowNs: () => `${BigInt(Date.now()) * 1_000_000n}`,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
};
