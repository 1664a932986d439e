import type { Bootstrap, Check } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { masked, probeLabels } from '../../../../tests/support/ingestion.ts';
import { endpoint, fakeSecrets } from '../../../../tests/support/ports.ts';
import { judgeIngestion } from './judge.ts';
import { makeMarker } from './marker.ts';
import type { Attempt, Ingestion } from './observe.ts';
import type { HostFile } from './on-host.ts';

const source: Bootstrap['sources'][number] = { name: 'app', root: '/var/log', patterns: ['*'], labels: { job: 'app' } };
const configWith = (more: Partial<Bootstrap['sources'][number]> = {}) =>
  demoEnvironment({ sources: [{ ...source, ...more }] });
const config = configWith();
const marker = makeMarker(config, fakeSecrets);
const probeFile = { path: '/plumbline/probe/probe.log', running: true, offset: 900 };
const tailed = { path: '/sources/app/a.log', running: true, offset: 10 };
const sample = { stream: '{job="app"}', at: '2026-03-01T12:00:00.000Z', line: 'x' };
const entry = (line: string) => ({ labels: probeLabels, ts: '1', line });
const arrived = marker.lines.map((line) => entry(masked(line.text)));
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  attempt: 1,
  at: sample.at,
  query: 'q',
  start_ns: '1',
  end_ns: '2',
  result_count: 0,
  wall_clock_s: 1.5,
  ...more,
});

const whole = {
  path: [],
  proof: { marker, file: '/d/probe/probe.log', attempts: [attempt()], found: arrived, timedOut: false, limitS: 60 },
  collector: { sources: { app: [tailed], probe: [probeFile] }, dropped: {} },
  samples: { app: [sample] },
} satisfies Ingestion;

type Change = {
  proof?: Partial<NonNullable<Ingestion['proof']>>;
  collector?: Ingestion['collector'];
  samples?: Ingestion['samples'];
  onHost?: Ingestion['onHost'];
};

function judge(change: Change = {}, environment = config): ReadonlyMap<string, Check> {
  const seen = { ...whole, ...change, proof: { ...whole.proof, ...change.proof } } as Ingestion;
  return new Map(judgeIngestion(seen, environment).map((check) => [check.id, check]));
}

const told = (check: Check | undefined) =>
  `${check?.verdict}${check?.required === false ? ' (not required)' : ''}: ${[check?.error?.code, check?.summary].filter(Boolean).join(' ')}`;

describe('judgeIngestion', () => {
  it('must pass where every line came back once, masked, under its labels', () => {
    const checks = judge();
    const rules = config.secretsPolicy.redaction.map((rule) => `L3.redaction.${rule.name}`);
    expect([...checks.keys()]).toEqual(['L3.arrival', 'L3.labels', ...rules, 'L3.source.app', 'L3.dropped']);
    expect([...checks.values()].map((check) => check.verdict)).toEqual([...checks.keys()].map(() => 'pass'));
    expect(checks.get('L3.arrival')?.evidence).toMatchObject({ marker: marker.id, attempts: [attempt()], limit_s: 60 });
  });

  it('must not know anything where the path is down, and name what is', () => {
    const down = { endpoint: endpoint('loki-ready', 'loki'), url: 'u', healthy: false, attempts: [] };
    const seen = { path: [down, { ...down, healthy: true, endpoint: endpoint('a', 'alloy') }], samples: {} };
    const checks = judgeIngestion(seen, config);
    expect(checks.map((check) => check.id)).toEqual(['L3.arrival']);
    expect(told(checks[0])).toBe('unknown: E_PROOF_PATH_DOWN the proof could not be made: loki did not answer');
  });
});

describe('the arrival', () => {
  const arrival = (change: Change) => told(judge(change).get('L3.arrival'));

  it('must fail for a line that is missing, and say where the lines were last seen', () => {
    expect(arrival({ proof: { found: arrived.slice(1), timedOut: true } })).toBe(
      `fail: E_PROOF_MARKER_MISSING 1 of 5 marked lines did not arrive within 60 s; last seen in loki, where 4 of the 5 lines are`,
    );
    expect(arrival({ proof: { found: [], timedOut: true } })).toContain('5 of 5 marked lines did not arrive');
  });

  it('must fail for a line that is there twice', () => {
    expect(arrival({ proof: { found: [...arrived, entry(masked(marker.lines[2]?.text as string))] } })).toBe(
      'fail: E_PROOF_MARKER_REPEATED 1 marked lines are in the store more than once',
    );
  });

  it('must not count a line of another proof', () => {
    const other = arrived.map((found) => ({ ...found, line: found.line.replace(marker.id, 'plumb-ffff') }));
    expect(arrival({ proof: { found: other, timedOut: true } })).toContain('5 of 5 marked lines did not arrive');
  });

  it('must not know where the store could not be asked, at all or in the end', () => {
    const refused = attempt({ problem: 'connection refused' });
    for (const attempts of [[refused], [attempt(), refused]])
      expect(arrival({ proof: { found: [], attempts, timedOut: true } })).toBe(
        'unknown: E_NETWORK_BAD_ANSWER the store could not be asked: connection refused',
      );
    expect(arrival({ proof: { found: [], attempts: [refused, attempt()], timedOut: true } })).toMatch(/^fail:/);
  });

  it.each([
    [
      'in the file, where the collector tells nothing',
      { sources: {}, dropped: {} },
      'alloy does not tell what it has read',
    ],
    [
      'in the file, where the collector does not watch it',
      { sources: { probe: [] }, dropped: {} },
      'alloy does not read that file',
    ],
    [
      'in the file, where the collector cannot open it',
      { sources: { probe: [{ ...probeFile, running: false }] }, dropped: {} },
      'alloy cannot read it',
    ],
    [
      'in the collector, which has read it and dropped lines',
      { sources: { probe: [probeFile] }, dropped: { ingester_error: 5 } },
      'in alloy, which has read /d/probe/probe.log up to byte 900 (5 dropped for ingester_error)',
    ],
  ])('must have seen the lines last %s', (_, collector, where) => {
    const checks = judge({ proof: { found: [], timedOut: true }, collector });
    expect(checks.get('L3.arrival')?.summary).toContain(where);
    expect(checks.get('L3.arrival')?.evidence).toMatchObject({ last_seen: expect.stringContaining(where) });
  });

  it('must say nothing of labels and secrets of lines that are not there', () => {
    const checks = judge({ proof: { found: [], timedOut: true } });
    expect([...checks.keys()]).toEqual(['L3.arrival', 'L3.source.app', 'L3.dropped']);
  });
});

describe('the labels and the redaction', () => {
  const replaced = (n: number, change: (found: (typeof arrived)[number]) => (typeof arrived)[number]) => ({
    proof: { found: arrived.map((found, at) => (at === n ? change(found) : found)) },
  });

  it('must fail for one line under another label', () => {
    const checks = judge(replaced(1, (found) => ({ ...found, labels: { ...probeLabels, env: 'prod' } })));
    expect(told(checks.get('L3.labels'))).toBe(
      'fail: E_PROOF_LABELS_WRONG the lines came back under other labels: env is "prod", not "demo"',
    );
    expect(checks.get('L3.arrival')?.verdict).toBe('pass');
  });

  const rule = marker.lines[1]?.rule as string;
  it.each([
    ['the secret is there', (line: string) => line, 'is readable in the store'],
    ['it is there beside a replacement', (line: string) => `${line} ${masked(line)}`, 'is readable in the store'],
    [
      'a part of it is there',
      (line: string) => `${masked(line)} ${marker.secret.slice(9)}`,
      'is readable in the store',
    ],
    [
      'it is gone without a replacement',
      (line: string) => line.replaceAll(marker.secret, ''),
      'without its secret and without [REDACTED]',
    ],
  ])('must fail where %s, and not repeat it', (_, store, message) => {
    const checks = judge(replaced(1, () => entry(store(marker.lines[1]?.text as string))));
    const check = checks.get(`L3.redaction.${rule}`);
    expect(check).toMatchObject({ verdict: 'fail', error: { code: 'E_PROOF_SECRET_EXPOSED' } });
    expect(check?.summary).toContain(message);
    expect(JSON.stringify([...checks.values()])).not.toContain(marker.secret);
    expect(checks.get(`L3.redaction.${marker.lines[2]?.rule}`)?.verdict).toBe('pass');
  });
});

describe('a source', () => {
  const closed = { path: '/sources/app/secret.log', running: false, offset: 0 };
  const collector = (...files: (typeof tailed)[]) => ({ collector: { sources: { app: files }, dropped: {} } });
  const check = (change: Change, more: Partial<Bootstrap['sources'][number]> = {}) =>
    judge(change, configWith(more)).get('L3.source.app');

  it.each([
    ['fail', 'fail: E_ENV_SOURCE_UNREADABLE 1 of 2 files of app cannot be read: /var/log/secret.log'],
    ['warn', 'warn (not required): E_ENV_SOURCE_UNREADABLE 1 of 2 files of app cannot be read: /var/log/secret.log'],
    [undefined, 'warn (not required): E_ENV_SOURCE_UNREADABLE 1 of 2 files of app cannot be read: /var/log/secret.log'],
    [
      'skip',
      'pass (not required): 1 file of /var/log is collected (10 bytes read), and lines of them come back by query; 1 that cannot be read are left out, as the environment says',
    ],
  ] as const)('must follow the policy %s for a file that cannot be read', (unreadable, expected) => {
    expect(told(check(collector(tailed, closed), unreadable === undefined ? {} : { unreadable }))).toBe(expected);
  });

  it('must name the file as the host does, whatever its root holds', () => {
    const found = check(collector(closed), { root: "/a$&b$'", unreadable: 'fail' });
    expect(found?.error?.place).toBe("/a$&b$'/secret.log");
  });

  it('must be skipped, and not passed, where there is nothing to collect', () => {
    expect(told(check(collector()))).toBe('skipped (not required): no readable file matches app');
    expect(check(collector(closed), { unreadable: 'skip' })?.verdict).toBe('skipped');
    const idle = { ...collector({ ...tailed, offset: 0 }), samples: { app: [] } };
    expect(told(check(idle))).toContain('skipped (not required): 1 file of /var/log is watched; there is no complete');
  });

  describe('whose file on the host tells more than the store', () => {
    const at = Date.parse(sample.at);
    const minute = 60_000;
    const host = (more: Partial<HostFile> = {}, file = tailed, samples = [sample]): Change => ({
      ...collector(file),
      samples: { app: samples },
      onHost: { app: { [file.path]: { size: 10, modified: at, holdsLine: false, ...more } } },
    });

    it('must warn, and not pass on old lines, where it was read to its end after the newest of them', () => {
      expect(told(check(host({ modified: at + minute + 1 })))).toBe(
        'warn (not required): E_PROOF_MARKER_MISSING 1 files of app were written to and read after the newest line that comes back by query (2026-03-01T12:00:00.000Z): /var/log/a.log',
      );
    });

    it.each([
      ['it is as old as its newest line', host({ modified: at + minute })],
      ['it is older', host({ modified: at - 60 * minute })],
      ['it ends in a line that is not finished', host({ modified: at + 60 * minute, size: 11 })],
      ['nobody knows how old it is', host({ modified: undefined })],
      [
        'it was truncated and nothing written since',
        host({ modified: at + 60 * minute, size: 0 }, { ...tailed, offset: 0 }),
      ],
    ])('must pass where %s', (_, change) => {
      expect(check(change)?.verdict).toBe('pass');
    });

    const nothingRead = { ...tailed, offset: 0 };
    it('must be unknown, not skipped or passed, where it holds a line and nothing of it was read', () => {
      for (const samples of [[], [sample]])
        expect(told(check(host({ holdsLine: true }, nothingRead, samples)))).toBe(
          'unknown (not required): E_PROOF_MARKER_MISSING 1 files of app hold lines, and the collector has read none of them: /var/log/a.log',
        );
      expect(check(host({}, nothingRead, []))?.verdict).toBe('skipped');
    });
  });

  it('must warn where lines were read and none comes back', () => {
    expect(told(check({ samples: { app: [] } }))).toContain(
      'warn (not required): E_PROOF_MARKER_MISSING 10 bytes of app were read, but no line',
    );
  });

  it('must be unknown where the collector does not tell', () => {
    expect(told(check({ collector: { sources: {}, dropped: {} } }))).toContain('unknown (not required): E_NETWORK_BAD');
  });
});

describe('the dropped lines', () => {
  const dropped = (count: Readonly<Record<string, number>> | undefined) =>
    told(judge({ collector: { ...whole.collector, dropped: count } }).get('L3.dropped'));

  it('must warn with counts and reasons, pass where there is none, and be unknown where nobody tells', () => {
    expect(dropped({ line_too_long: 2, rate: 1 })).toBe(
      'warn (not required): E_PROOF_LINES_DROPPED the collector dropped 3 lines since it started: 2 for line_too_long, 1 for rate',
    );
    expect(dropped({})).toBe('pass (not required): the collector dropped no line');
    expect(dropped(undefined)).toContain('unknown (not required): E_NETWORK_BAD_ANSWER');
  });
});
