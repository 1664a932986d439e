import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { fakeSecrets } from '../../../../tests/support/ports.ts';
import { expectedLabels, wrongLabels } from './labels.ts';
import { lineNumber, makeMarker } from './marker.ts';

describe('wrongLabels', () => {
  const expected = expectedLabels(demoEnvironment({ labels: { env: 'test' } }));

  it('must ask for the labels of the probe and of the environment, and for any host', () => {
    expect(expected).toEqual({ job: 'plumbline-probe', env: 'test', host: null });
  });

  it.each([
    [{ job: 'plumbline-probe', env: 'test', host: 'here' }, []],
    [{ job: 'plumbline-probe', env: 'test', host: 'here', more: 'x' }, []],
    [{ job: 'plumbline-probe', env: 'prod', host: 'here' }, ['env is "prod", not "test"']],
    [{ env: 'test', host: 'here' }, ['job is missing']],
    [{ job: 'plumbline-probe', env: 'test', host: '' }, ['host is missing']],
    [{}, ['job is missing', 'host is missing', 'env is missing']],
  ])('must judge %j', (actual, wrong) => {
    expect(wrongLabels(actual as Record<string, string>, expected)).toEqual(wrong);
  });
});

describe('makeMarker', () => {
  const config = demoEnvironment();
  const marker = makeMarker(config, fakeSecrets);

  it('must make a plain line and one for each rule of the policy, which holds the secret', () => {
    const rules = config.secretsPolicy.redaction.map((rule) => rule.name);
    expect(marker.lines.map((line) => line.rule)).toEqual([undefined, ...rules]);
    expect(marker.lines.map((line) => line.text.includes(marker.secret))).toEqual([false, ...rules.map(() => true)]);
    expect(marker.lines.every((line) => line.text.includes(marker.id) && !line.text.includes('\n'))).toBe(true);
    expect(marker.lines.some((line) => line.text.includes('{secret}'))).toBe(false);
  });

  it('must know its own lines by number, in whatever stands around them, and no other line', () => {
    for (const line of marker.lines) expect(lineNumber(marker, `{"log":"${line.text}"}`)).toBe(line.n);
    const other = { ...marker, id: 'plumb-ffff' };
    expect(lineNumber(other, marker.lines[0]?.text as string)).toBeUndefined();
    expect(lineNumber(marker, `marker=${marker.id} n=x`)).toBeUndefined();
    expect(lineNumber(marker, `marker=${marker.id} n=12`)).toBe(12);
  });
});
