import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { memoryFiles } from '../../../../tests/support/files.ts';
import { component, streams } from '../../../../tests/support/ingestion.ts';
import { endpoint, fakeClock, fakeHealth, fakeHttp, fakePorts, NOON } from '../../../../tests/support/ports.ts';
import { judgeIngestion } from './judge.ts';
import { observeIngestion } from './observe.ts';

const day = 86_400_000;
const config = demoEnvironment({
  sources: [{ name: 'app', root: '/var/log', patterns: ['*'], labels: { job: 'app' } }],
});

/** What is told of a source whose file was written a moment ago; the store has an old line, and a new one after a while. */
async function told(arrivesAfter: number | undefined) {
  const clock = fakeClock();
  const files = memoryFiles({ '/var/log/a.log': 'old\nnew\n' });
  files.modified.set('/var/log/a.log', NOON - 1000);
  let asked = 0;
  const http = fakeHttp((url) => {
    const { pathname } = new URL(url);
    if (pathname.startsWith('/collector_component'))
      return component([{ path: '/sources/app/a.log', running: true, offset: 8 }]);
    if (pathname !== '/query_range') return 'loki_write_sent_entries_total 1\n';
    asked += 1;
    const at = arrivesAfter !== undefined && asked > arrivesAfter ? NOON : NOON - day / 2;
    return streams([{ labels: { job: 'app' }, ts: `${at}000000`, line: 'x' }]);
  });
  const health = fakeHealth([endpoint('loki-ready', 'loki'), endpoint('alloy-ready', 'alloy')]);
  const ports = fakePorts({ files, http, clock, health });
  const { signal } = new AbortController();
  const seen = await observeIngestion({ config, mode: 'diagnose', ports, signal, emit: () => undefined });
  if (!seen.ok) throw new Error(seen.failure.message);
  const check = judgeIngestion(seen.value, config).find(({ id }) => id === 'L3.source.app');
  return { verdict: check?.verdict, code: check?.error?.code, waitedMs: clock.now() - NOON };
}

describe('a source whose file is newer than its newest line in the store', () => {
  it('must be waited for a moment, and pass where the line was on its way', async () => {
    expect(await told(3)).toEqual({ verdict: 'pass', code: undefined, waitedMs: 3000 });
  });

  it('must warn, and not pass on the old line, where the new one does not come', async () => {
    expect(await told(undefined)).toEqual({ verdict: 'warn', code: 'E_PROOF_MARKER_MISSING', waitedMs: 15_000 });
  });
});
