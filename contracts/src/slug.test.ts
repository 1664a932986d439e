import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slug } from './slug.ts';

describe('slug', () => {
  it.each([
    ['My Pipeline!@#$', 'my-pipeline'],
    ['test.pipeline', 'testpipeline'],
    ['orders_etl', 'orders-etl'],
    ['  a \t_ b  ', 'a-b'],
    ['--a--b--', 'a-b'],
    ['Größe', 'gre'],
    ['../../etc', 'etc'],
    ['!!!', ''],
  ])('must make of %j the slug %j', (text, expected) => {
    expect(slug(text)).toBe(expected);
  });

  it('must hold nothing but letters, digits and single inner hyphens, and be its own slug', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = slug(text);
        expect(made).toMatch(/^$|^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(slug(made)).toBe(made);
      }),
    );
  });
});
