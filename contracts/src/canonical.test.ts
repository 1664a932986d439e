import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, hashOf, sha256 } from './canonical.ts';

describe('canonicalJson', () => {
  it('must write the keys of every level in order, and lists as they are', () => {
    expect(canonicalJson({ b: { d: 1, c: 2 }, a: [3, 1] })).toBe('{"a":[3,1],"b":{"c":2,"d":1}}');
  });

  it.each([
    ['NaN', { n: Number.NaN }],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['half a surrogate pair', 'a\ud800b'],
    ['undefined', undefined],
  ])('must refuse %s, which JSON cannot hold', (_, value) => {
    expect(() => canonicalJson(value)).toThrow();
  });
});

describe('sha256', () => {
  it('must be the hash that others compute, of text as of its bytes', () => {
    const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(known);
    expect(sha256(new TextEncoder().encode('abc'))).toBe(known);
    expect(sha256('abd')).not.toBe(known);
  });
});

describe('hashOf', () => {
  it('must be the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(hashOf(turned)).toBe(hashOf(value));
      }),
    );
  });

  it('must differ where a value, a type or the order of a list differs', () => {
    const all = [{ a: 1 }, { a: 2 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { b: 1 }, { a: null }, {}];
    expect(new Set(all.map(hashOf)).size).toBe(all.length);
  });
});
