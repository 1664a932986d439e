import { failure, ok, type Result } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { judgeDrift } from '../drift/judge.ts';
import { judgeDashboards } from './judge.ts';
import { type DashboardSeen, uidsOf } from './observe.ts';

const rendered = { uid: 'logs', title: 'Logs', panels: [{ id: 1 }] };
const seen: DashboardSeen = {
  uid: 'logs',
  file: 'dashboards/logs.json',
  rendered: ok(rendered),
  loaded: ok({ ...rendered, id: 7, version: 3 }),
};
const no: Result<never> = { ok: false, failure: failure('E_NETWORK_UNREACHABLE', 'no') };

function judge(change: Partial<DashboardSeen>, found: Result<readonly string[]> = ok(['logs'])): string[] {
  return judgeDashboards({ dashboards: [{ ...seen, ...change }], found }).map((check) =>
    `${check.id} ${check.verdict} ${check.error?.code ?? ''}`.trim(),
  );
}

function drift(change: Partial<DashboardSeen>): string | undefined {
  const service = {
    service: 'grafana',
    files: [],
    extra: [],
    loaded: { method: 'grafana-dashboards' as const, answer: [{ ...seen, ...change }] },
  };
  return judgeDrift([service], 'embedded').map((check) => `${check.verdict} ${check.error?.code ?? ''}`.trim())[2];
}

describe('L5', () => {
  it('must hold where the dashboard is loaded and found', () => {
    expect(judge({})).toEqual(['L5.logs pass']);
  });

  it.each([
    ['it is not loaded', { loaded: ok(undefined) }, ok(['logs'])],
    ['the search does not find it', {}, ok(['other'])],
  ])('must fail where %s', (_, change, found) => {
    expect(judge(change, found)).toEqual(['L5.logs fail E_PROOF_DASHBOARD_MISSING']);
  });

  it('must be unknown where it could not look', () => {
    expect(judge({ loaded: no })).toEqual(['L5.logs unknown E_NETWORK_UNREACHABLE']);
    expect(judge({}, no)).toEqual(['L5.logs unknown E_NETWORK_UNREACHABLE']);
    expect(judge({ rendered: no })).toEqual(['L5.logs unknown E_NETWORK_UNREACHABLE']);
  });
});

describe('L8 of the dashboards', () => {
  it('must hold for the rendered dashboard with the keys that the service sets itself', () => {
    expect(drift({})).toBe('pass');
  });

  it('must fail for another dashboard under the same uid, and leave a missing one to L5', () => {
    expect(drift({ loaded: ok({ ...rendered, panels: [] }) })).toBe('fail E_PROOF_DRIFT_LOADED');
    expect(drift({ loaded: ok(undefined) })).toBe('pass');
  });
});

describe('uidsOf', () => {
  it('must read the uids of a search', () => {
    expect(uidsOf([{ uid: 'logs', title: 'Logs' }])).toEqual(ok(['logs']));
  });

  it.each([['logs'], [{ uid: 'logs' }], [[{ title: 'logs' }]], [[null]]])('must refuse %j', (body) => {
    expect(uidsOf(body)).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_BAD_ANSWER' } });
  });
});
