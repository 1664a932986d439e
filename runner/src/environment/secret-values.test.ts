import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { rulesOf } from './redaction.ts';
import { secretValues } from './secret-values.ts';

const rules = rulesOf(demoEnvironment().secretsPolicy.redaction);

describe('secretValues', () => {
  it('must find what stands behind a key, at any depth, and what a rule captures, and nothing else', () => {
    const document = {
      labels: { env: 'demo', token: 'one-secret', tokens: ['two-secret', { a: 'no secret' }] },
      sources: [{ root: 'https://user:three-secret@host/', note: 'Bearer four-secret' }],
      port: 3000,
      nothing: null,
    };
    expect(secretValues(document, rules)).toEqual(
      expect.arrayContaining(['one-secret', 'two-secret', 'three-secret', 'four-secret']),
    );
    expect(new Set(secretValues(document, rules)).size).toBe(4);
    expect(secretValues(document)).toEqual(['one-secret', 'two-secret']);
    expect(secretValues({ labels: { env: 'demo' } }, rules)).toEqual([]);
  });
});
