import { describe, expect, it } from 'vitest';
import { differences } from './differences.ts';

describe('differences', () => {
  it.each([
    ['defaults that were not rendered', { a: 1 }, { a: 1, b: 2 }],
    ['a duration in another form', { retention: '720h' }, { retention: '30d' }],
    ['a duration as Go writes it', { wait: '1s', keep: '720h' }, { wait: '1s', keep: '720h0m0s' }],
    ['what Go leaves out when it is off', { auth: false, name: '', n: 0 }, {}],
    ['a masked secret', { password: 'x' }, { password: '<secret>' }],
    ['a list', { rules: [{ a: '1m' }, { a: '2m' }] }, { rules: [{ a: '60s' }, { a: '2m0s' }] }],
  ])('must not count %s', (_, rendered, loaded) => {
    expect(differences(rendered, loaded)).toEqual([]);
  });

  it.each([
    ['another value', { a: { b: 1 } }, { a: { b: 2 } }, 'a.b: rendered 1, loaded 2'],
    ['a missing key that is on', { auth: true }, {}, 'auth: rendered true, loaded undefined'],
    ['another duration', { keep: '720h' }, { keep: '31d' }, 'keep: rendered "720h", loaded "31d"'],
    ['a shorter list', { a: [1, 2] }, { a: [1] }, 'a: rendered [1,2], loaded [1]'],
    ['an item of a list', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, 'a[0].b: rendered 1, loaded 2'],
    ['nothing loaded at all', { a: { b: 'x' } }, null, 'a.b: rendered "x", loaded undefined'],
  ])('must name %s', (_, rendered, loaded, said) => {
    expect(differences(rendered, loaded)).toEqual([said]);
  });
});
