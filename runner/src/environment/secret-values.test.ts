import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { rulesOf } from './redaction.ts';
import { secretValues } from './secret-values.ts';

const rules = rulesOf(demoEnvironment().secretsPolicy.redaction);

describe('secretValues', () => {
  it('must find what stands behind a key, at any depth, and what a rule captures, and nothing else', () => {
    const behindKeys = ['one-secret', 'two-secret', 'five-secret', 'six-secret', '9182736455'];
    const document = {
      labels: { env: 'demo', token: 'one-secret', tokens: ['two-secret', { a: 'five-secret' }] },
      secrets: { grafana: { value: 'six-secret' }, ports: [13000, 9182736455], on: true },
      count: 1234567,
      sources: [{ root: 'https://user:three-secret@host/', note: 'Bearer four-secret' }],
      port: 3000,
      nothing: null,
    };
    expect(secretValues(document, rules)).toEqual(
      expect.arrayContaining([...behindKeys, 'three-secret', 'four-secret']),
    );
    expect(new Set(secretValues(document, rules)).size).toBe(behindKeys.length + 2);
    expect(secretValues(document)).toEqual(behindKeys);
    expect(secretValues({ labels: { env: 'demo' } }, rules)).toEqual([]);
  });

  it('must find one anywhere in a long text, in no more time than a person waits', () => {
    const long = 'a'.repeat(200_000);
    const note = `${long} Bearer the-secret ${long}`;
    expect(secretValues({ [long]: note }, rules)).toEqual(expect.arrayContaining(['the-secret']));
  }, 10_000);
});
