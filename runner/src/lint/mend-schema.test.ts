import { applyPatch } from '@plumbline/formats/json-patch';
import { describe, expect, it } from 'vitest';
import { type Loose, makeSubject } from '../../../tests/support/lint.ts';
import { fix } from './fix.ts';
import { lintConfig } from './lint-config.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const corp = 'registry.corp:5000/obs/loki';

/** What all patches of a changed environment make of it, and how many findings have none. */
function mended(change: (config: Loose) => unknown): { readonly config: Loose; readonly unpatched: readonly string[] } {
  const fixed = fix(makeSubject(change), 'all');
  if (!fixed.ok) throw new Error(fixed.failure.message);
  const { subject, left } = fixed.value;
  return { config: subject.config as Loose, unpatched: left.map(({ rule }) => rule) };
}

describe('a patch for a pin', () => {
  it.each([
    ['a tag and a digest', `${corp}:3.4.2@${digest}`, `${corp}@${digest}`],
    ['latest and a digest', `grafana/loki:latest@${digest}`, `grafana/loki@${digest}`],
    ['a digest of a registry with a port', `registry.corp:5000/loki:1@${digest}`, `registry.corp:5000/loki@${digest}`],
    ['a space behind', `${corp}:3.4.2 `, `${corp}:3.4.2`],
    ['a space before and an end of line', ` ${corp}:3.4.2\n`, `${corp}:3.4.2`],
    ['nothing', '', 'grafana/loki:3.0.0'],
    ['null', null, 'grafana/loki:3.0.0'],
    ['latest and a space', 'grafana/loki:latest ', 'grafana/loki:3.0.0'],
  ])('must keep registry, repository and image of one with %s', (_, pin, expected) => {
    const { config, unpatched } = mended((c) => (c.image_pins.loki = pin));
    expect(config.image_pins.loki).toBe(expected);
    expect(unpatched).toEqual([]);
  });

  it.each([
    ['half a digest', `${corp}:3.4.2@sha256:abc`],
    ['words', 'the loki of last week:3'],
    ['a number', 7],
    ['a list', ['grafana/loki:3.0.0']],
  ])('must not be there for one of %s', (_, pin) => {
    const { config, unpatched } = mended((c) => (c.image_pins.loki = pin));
    expect(config.image_pins.loki).toEqual(pin);
    expect(unpatched).toEqual(['invalid-value']);
  });
});

describe('a patch for a word of a list', () => {
  it.each([
    ['engine', 'dcoker', 'docker'],
    ['engine', 'Docker ', 'docker'],
    ['engine', 'EMBEDDED', 'embedded'],
    ['execution_mode', 'aply', 'apply'],
    ['runtime_policy', 'warm', 'warn'],
  ])('must be there where %s is %j: %s', (key, given, expected) => {
    expect(mended((c) => (c[key] = given))).toMatchObject({ config: { [key]: expected }, unpatched: [] });
  });

  it.each([
    ['engine', 'podman'],
    ['engine', ''],
    ['engine', null],
    ['execution_mode', 'destroy'],
    ['runtime_policy', 'off'],
  ])('must not be there where %s is %j', (key, given) => {
    expect(mended((c) => (c[key] = given))).toMatchObject({ config: { [key]: given }, unpatched: ['invalid-value'] });
  });
});

describe('a patch for another value', () => {
  it.each<[string, (c: Loose) => unknown, object]>([
    ['an address with a space', (c) => (c.bind_address = ' 10.0.0.1'), { bind_address: '10.0.0.1' }],
    ['a name of loopback', (c) => (c.bind_address = '::1'), { bind_address: '127.0.0.1' }],
    ['a stack in capitals', (c) => (c.stack = 'Observability'), { stack: 'observability' }],
    [
      'a name of a source',
      (c) => (c.sources = [{ ...c.sources[0], name: 'App-Logs' }]),
      { sources: [{ name: 'app_logs' }] },
    ],
    ['a version of another form', (c) => (c.bootstrap_version = 'v1'), { bootstrap_version: '0.1.0' }],
    ['a number in quotes', (c) => (c.limits.proof_timeout_s = ' 30'), { limits: { proof_timeout_s: 30 } }],
    ['a label that is a number', (c) => (c.labels.env = 7), { labels: { env: '7' } }],
  ])('must keep what is meant by %s', (_, change, expected) => {
    expect(mended(change)).toMatchObject({ config: expected, unpatched: [] });
  });

  it.each<[string, (c: Loose) => unknown, object]>([
    ['an address of nobody', (c) => (c.bind_address = '10.0.0.300'), { bind_address: '10.0.0.300' }],
    ['all addresses of IPv6', (c) => (c.bind_address = '::'), { bind_address: '::' }],
    ['a path map that is a text', (c) => Object.assign(c, { path_map: '/srv' }), { path_map: '/srv' }],
    ['a limit in words', (c) => (c.limits.proof_timeout_s = 'soon'), { limits: { proof_timeout_s: 'soon' } }],
  ])('must not be there for %s', (_, change, expected) => {
    const { config, unpatched } = mended(change);
    expect(config).toMatchObject(expected);
    expect(unpatched).toContain('invalid-value');
  });

  it('must not put another stack for one that there is not', () => {
    expect(mended((c) => (c.stack = 'payments'))).toMatchObject({
      config: { stack: 'payments' },
      unpatched: ['stack-found'],
    });
  });

  it('must never give two environments one deploy root', () => {
    for (const change of [
      (c: Loose) => Object.assign(c, { path_map: [] }),
      (c: Loose) => delete (c as { path_map?: unknown }).path_map,
    ]) {
      const subject = makeSubject(change);
      const test = { ...subject, file: '/repo/config/bootstrap.test.json' };
      const patch = lintConfig(test).flatMap((one) => one.patch ?? []);
      expect(applyPatch(subject.config, patch)).toMatchObject({ path_map: { deploy_root: 'out/deploy/test' } });
    }
  });
});
