import { bootstrap, report } from '@plumbline/contracts/validators';
import { describe, expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.ts';
import { checkDocument, fitDocument } from './document.ts';
import { parseJson } from './json.ts';

const lines = [
  '{',
  '  "schema_version": "2",',
  '  "bootstrap_version": "0.1.0",',
  '  "compose_project_name": "demo",',
  '  "engine": "embedded",',
  '  "stack": "observability",',
  '  "execution_mode": "apply",',
  '  "ports": { "loki": 13100, "alloy": 12345 },',
  '  "path_map": { "repo_root": "..", "deploy_root": "out" },',
  '  "image_pins": { "7": "grafana/loki:3.0.0" },',
  '  "labels": {},',
  '  "sources": [{ "name": "a", "root": "/a", "patterns": ["*.log"], "labels": { "job": "a" } }]',
  '}',
];
const good = lines.join('\n');

function problem(text: string): string {
  const parsed = parseJson(text, 'b.json');
  const read = parsed.ok ? fitDocument(parsed.value, bootstrap) : parsed;
  if (read.ok) return 'accepted';
  const { code, place, message } = read.failure;
  return `${code} ${place?.file}:${place?.line}:${place?.column} ${message}`;
}

describe('fitDocument', () => {
  it('must accept a document that fits', () => {
    expect(problem(good)).toBe('accepted');
  });

  it.each([
    ['"engine":', '"engine"', 'E_CONFIG_PARSE b.json:5:12 colon expected'],
    [
      '"ports":',
      '"port":',
      'E_CONFIG_UNKNOWN_KEY b.json:8:3 unknown key "port" in the document; did you mean "ports"?',
    ],
    [
      '"deploy_root"',
      '"zzzzzzzz": 1, "deploy_root"',
      'E_CONFIG_UNKNOWN_KEY b.json:9:36 unknown key "zzzzzzzz" in "path_map"',
    ],
    [', "deploy_root": "out"', '', 'E_CONFIG_MISSING_KEY b.json:9:15 "path_map" has no "deploy_root"'],
    ['  "labels": {},\n', '', 'E_CONFIG_MISSING_KEY b.json:1:1 the document has no "labels"'],
    ['13100', '80', 'E_CONFIG_INVALID_VALUE b.json:8:22 "ports.loki" must be >= 1024'],
    [
      '"embedded"',
      '"embeded"',
      'E_CONFIG_INVALID_VALUE b.json:5:13 "engine" is "embeded"; it must be one of embedded, docker; did you mean "embedded"?',
    ],
    ['"root": "/a"', '"root": 5', 'E_CONFIG_INVALID_VALUE b.json:12:38 "sources.0.root" must be string'],
    [':3.0.0', ':latest', 'E_CONFIG_INVALID_VALUE b.json:10:24 "image_pins.7" must match pattern'],
  ])('must answer %s -> %s with %s', (from, to, expected) => {
    expect(good).toContain(from);
    expect(problem(good.replace(from, to))).toContain(expected);
  });

  it('must name a schema version that is not ours before anything else that is wrong', () => {
    const old = good.replace('"2"', '"1"').replace('"ports"', '"port"');
    expect(problem(old)).toContain('E_CONFIG_SCHEMA_VERSION b.json:2:21 "schema_version" is "1"; it must be "2"');
  });

  it('must take a missing version for a missing key', () => {
    expect(problem(good.replace('  "schema_version": "2",\n', ''))).toContain(
      'E_CONFIG_MISSING_KEY b.json:1:1 the document has no "schema_version"',
    );
  });
});

describe('checkDocument', () => {
  const whole = {
    schema_version: '1',
    run_id: 'r',
    step: 's',
    uses: 's',
    mode: 'apply',
    status: 'pass',
    summary: '',
    started_at: '2026-03-01T12:00:00.000Z',
    ended_at: '2026-03-01T12:00:00.000Z',
    duration_ms: 0,
    inputs: {},
    outputs: {},
    operations: [],
    checks: [],
    stand_ins: [],
  };

  it('must accept what fits, and say where another does not', () => {
    expect(checkDocument(whole, 'the report', report)).toEqual({ ok: true, value: whole });
    expect(checkDocument({ ...whole, duration_ms: -1 }, 'the report', report)).toMatchObject({
      ok: false,
      failure: { code: 'E_PROOF_REPORT_INVALID', place: { pointer: '/duration_ms' } },
    });
    expect(checkDocument({ ...whole, started_at: 'noon' }, 'the report', report).ok).toBe(false);
  });

  it('must raise the code that it is given', () => {
    expect(checkDocument([], 'x', report, 'E_PROOF_INDEX_CORRUPT')).toMatchObject({
      failure: { code: 'E_PROOF_INDEX_CORRUPT' },
    });
  });
});

describe('didYouMean', () => {
  it.each([
    ['lokii', ['alloy', 'loki'], '; did you mean "loki"?'],
    ['verfiy', ['verify', 'apply'], '; did you mean "verify"?'],
    ['dwon', ['up', 'down'], '; did you mean "down"?'],
    ['grafana', ['loki', 'alloy'], ''],
    ['no', ['up', 'down'], ''],
    ['x', ['y'], ''],
    ['x', [], ''],
  ])('must answer %j among %j with %j', (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });
});
