import { describe, expect, it } from 'vitest';
import { nextSteps } from './next.ts';
import { parsePairs } from './options.ts';

describe('nextSteps', () => {
  it.each([
    ['up', 'green', ['./plumb verify --env x: prove', './plumb runs list: what', './plumb down --env x: stop']],
    ['up', 'warned', ['./plumb verify --env x: prove', './plumb runs list: what', './plumb down --env x: stop']],
    ['up', 'failed', ['./plumb runs show: read', './plumb up --env x: run it again when']],
    ['up', 'interrupted', ['./plumb up --env x: run it again; it finishes']],
    ['down', 'green', ['./plumb up --env x: start']],
    ['step-verify', 'failed', ['./plumb runs show: read', './plumb step verify --env x: run']],
    ['nightly', 'failed', ['./plumb runs show: read', './plumb run nightly --env x: run it again when']],
    ['step-apply', 'interrupted', ['./plumb step apply --env x: run']],
  ] as const)('must follow %s that is %s', (pipeline, status, expected) => {
    const said = nextSteps(pipeline, status, ' --env x');
    expect(said).toHaveLength(expected.length);
    expect(expected.filter((start, n) => said[n]?.startsWith(start) !== true)).toEqual([]);
  });
});

describe('parsePairs', () => {
  it('must take what stands before the first = for the name', () => {
    expect(parsePairs(['a=b=c', 'd='], '--input')).toEqual({ ok: true, value: { a: 'b=c', d: '' } });
    expect(parsePairs([], '--input')).toEqual({ ok: true, value: {} });
  });

  it.each(['a', '=b', ''])('must refuse %j', (pair) => {
    expect(parsePairs(['x=y', pair], '--input')).toMatchObject({
      ok: false,
      failure: { code: 'E_CONFIG_USAGE', message: `--input ${pair}: expected name=value` },
    });
  });
});
