import { describe, expect, it } from 'vitest';
import { bucketOf, failure, hintOf, placeText } from './failure.ts';
import { notPassed, passed } from './step.ts';
import { taxonomy } from './taxonomy.ts';

describe('failure', () => {
  it('must hold nothing but what it was given', () => {
    expect(failure('E_CONFIG_PARSE', 'no')).toEqual({ code: 'E_CONFIG_PARSE', message: 'no' });
    const place = { file: 'a.json', line: 2 };
    expect(failure('E_CONFIG_PARSE', 'no', { place })).toEqual({ code: 'E_CONFIG_PARSE', message: 'no', place });
  });

  it('must take bucket and hint from the taxonomy unless it has its own hint', () => {
    const plain = failure('E_ENV_LOCKED', 'held');
    expect(bucketOf(plain.code)).toBe('env');
    expect(hintOf(plain)).toBe(taxonomy.errors.E_ENV_LOCKED.hint);
    expect(hintOf({ ...plain, hint: 'wait for Ann' })).toBe('wait for Ann');
  });
});

describe('placeText', () => {
  it.each([
    [undefined, ''],
    [{}, ''],
    [{ pointer: '/a' }, '/a'],
    [{ file: 'a.json' }, 'a.json'],
    [{ file: 'a.json', line: 3 }, 'a.json:3'],
    [{ file: 'a.json', line: 3, column: 7 }, 'a.json:3:7'],
    [{ file: 'a.json', line: 3, column: 7, pointer: '/a/0' }, 'a.json:3:7 (/a/0)'],
    [{ file: 'a.json', line: 1, column: 1, pointer: '' }, 'a.json:1:1'],
  ])('must write %j as %j', (place, text) => {
    expect(placeText(place)).toBe(text);
  });
});

describe('passed and notPassed', () => {
  it('must be required unless told otherwise', () => {
    const cause = failure('E_CONFIG_PARSE', 'no');
    expect(passed({ id: 'x', summary: 's' }).required).toBe(true);
    expect(passed({ id: 'x', summary: 's', required: false }).required).toBe(false);
    expect(notPassed({ id: 'x', summary: 's' }, 'fail', cause).required).toBe(true);
    expect(notPassed({ id: 'x', summary: 's', required: false }, 'fail', cause).required).toBe(false);
  });

  it('must carry the code with its bucket, hint and place, and the evidence of both', () => {
    const cause = failure('E_ENV_UNREADABLE', 'cannot read', { place: { file: '/x', line: 1 }, evidence: { b: 2 } });
    expect(notPassed({ id: 'x', summary: 's', evidence: { a: 1 } }, 'unknown', cause)).toEqual({
      id: 'x',
      verdict: 'unknown',
      required: true,
      summary: 's',
      evidence: { a: 1, b: 2 },
      error: {
        code: 'E_ENV_UNREADABLE',
        bucket: 'env',
        message: 'cannot read',
        hint: taxonomy.errors.E_ENV_UNREADABLE.hint,
        place: '/x:1',
      },
    });
  });

  it('must leave the place out where there is none', () => {
    expect(notPassed({ id: 'x', summary: 's' }, 'warn', failure('E_CONFIG_PARSE', 'no')).error).not.toHaveProperty(
      'place',
    );
    expect(passed({ id: 'x', summary: 's' })).not.toHaveProperty('error');
  });
});
