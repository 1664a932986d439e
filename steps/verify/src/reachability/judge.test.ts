import { failure, ok, type Result, type Stack } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { judgeReachability } from './judge.ts';
import { type ReachabilitySeen, type Target, targetsOf } from './observe.ts';

const stack = {
  network: {
    targets: [
      { job: 'loki', service: 'loki' },
      { job: 'host', service: 'node-exporter' },
    ],
    datasources: [{ uid: 'loki', service: 'loki' }],
  },
} as unknown as Stack;

const up = (job: string): Target => ({ job, health: 'up', url: `http://${job}/metrics`, lastError: '', scrapedAt: 5 });
const good: ReachabilitySeen = {
  targets: ok([up('loki'), up('host')]),
  datasources: new Map([['loki', ok({ status: 'OK', message: '' })]]),
  down: new Set(),
  looks: 1,
};

function judge(change: Partial<ReachabilitySeen>): string[] {
  return judgeReachability({ ...good, ...change }, stack).map((check) =>
    `${check.id} ${check.verdict} ${check.error?.code ?? ''}`.trim(),
  );
}

describe('judgeReachability', () => {
  it('must hold where every target is up and every data source answers', () => {
    expect(judge({})).toEqual(['L2.target.loki pass', 'L2.target.host pass', 'L2.datasource.loki pass']);
  });

  it.each([
    ['down', [{ ...up('loki'), health: 'down', lastError: 'connection refused' }, up('host')]],
    ['never scraped', [{ ...up('loki'), health: 'unknown' }, up('host')]],
    ['not there', [up('host')]],
  ])('must fail for the one target that is %s', (_, targets) => {
    expect(judge({ targets: ok(targets) })).toEqual([
      'L2.target.loki fail E_NETWORK_TARGET_DOWN',
      'L2.target.host pass',
      'L2.datasource.loki pass',
    ]);
  });

  it('must fail for a data source that says so', () => {
    const datasources = new Map([['loki', ok({ status: 'ERROR', message: 'no route' })]]);
    expect(judge({ datasources })[2]).toBe('L2.datasource.loki fail E_NETWORK_TARGET_DOWN');
  });

  it('must be unknown for a service that is not ready itself: the network has no part in it', () => {
    const targets = ok([{ ...up('loki'), health: 'down' }, up('host')]);
    const datasources = new Map([['loki', ok({ status: 'ERROR', message: 'refused' })]]);
    expect(judge({ targets, datasources, down: new Set(['loki']) })).toEqual([
      'L2.target.loki unknown E_PROOF_PATH_DOWN',
      'L2.target.host pass',
      'L2.datasource.loki unknown E_PROOF_PATH_DOWN',
    ]);
  });

  it('must be unknown where the service that would know does not answer', () => {
    const no: Result<never> = { ok: false, failure: failure('E_NETWORK_UNREACHABLE', 'no') };
    expect(judge({ targets: no, datasources: new Map([['loki', no]]) })).toEqual([
      'L2.target.loki unknown E_NETWORK_UNREACHABLE',
      'L2.target.host unknown E_NETWORK_UNREACHABLE',
      'L2.datasource.loki unknown E_NETWORK_UNREACHABLE',
    ]);
  });
});

describe('targetsOf', () => {
  const target = {
    labels: { job: 'loki' },
    health: 'up',
    scrapeUrl: 'http://loki/metrics',
    lastError: '',
    lastScrape: '1970-01-01T00:00:07Z',
  };

  it('must read the active targets', () => {
    expect(targetsOf({ status: 'success', data: { activeTargets: [target] } })).toEqual(
      ok([{ job: 'loki', health: 'up', url: 'http://loki/metrics', lastError: '', scrapedAt: 7000 }]),
    );
  });

  it.each([
    [{ status: 'error', data: { activeTargets: [target] } }],
    [{ status: 'success', data: 'job="loki" health="up"' }],
    [{ status: 'success', data: { activeTargets: [{ ...target, labels: {} }] } }],
    [{ status: 'success', data: { activeTargets: [{ ...target, health: 1 }] } }],
    [null],
  ])('must refuse %j', (body) => {
    expect(targetsOf(body)).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_BAD_ANSWER' } });
  });
});
