import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json.ts';
import { diffJson } from './json-diff.ts';
import { patchJsonText } from './json-edit.ts';
import { applyPatch, type PatchOperation } from './json-patch.ts';

const text = `{
  // why this port
  "ports": { "loki": 80, /* same */ "alloy": 80 },
  "list": ["a", "b"], // two
  "last": true
}
`;

describe('applyPatch', () => {
  const value = { a: { b: 1 }, list: [1, 2], 'x/y~z': 0 };
  const accepted: readonly (readonly [string, PatchOperation[], unknown])[] = [
    ['add a key', [{ op: 'add', path: '/a/c', value: 2 }], { ...value, a: { b: 1, c: 2 } }],
    ['insert into a list', [{ op: 'add', path: '/list/1', value: 9 }], { ...value, list: [1, 9, 2] }],
    ['append to a list', [{ op: 'add', path: '/list/-', value: 9 }], { ...value, list: [1, 2, 9] }],
    ['replace', [{ op: 'replace', path: '/x~1y~0z', value: 3 }], { ...value, 'x/y~z': 3 }],
    ['remove', [{ op: 'remove', path: '/list/0' }], { ...value, list: [2] }],
    ['move', [{ op: 'move', from: '/a/b', path: '/b' }], { ...value, a: {}, b: 1 }],
    ['replace the whole', [{ op: 'replace', path: '', value: 1 }], 1],
  ];
  it.each(accepted)('must %s', (_, patch, expected) => {
    expect(applyPatch(value, patch)).toEqual(expected);
  });

  const refused: readonly (readonly [string, PatchOperation])[] = [
    ['a replacement of nothing', { op: 'replace', path: '/none', value: 1 }],
    ['a removal of nothing', { op: 'remove', path: '/list/2' }],
    ['an addition below nothing', { op: 'add', path: '/none/b', value: 1 }],
    ['a place in a list beyond its end', { op: 'add', path: '/list/3', value: 1 }],
  ];
  it.each(refused)('must refuse %s', (_, operation) => {
    expect(() => applyPatch(value, [operation])).toThrow('the patch does not fit');
  });

  it('must take __proto__ for a key like any other', () => {
    const after = applyPatch({}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]) as object;
    expect(Object.keys(after)).toEqual(['__proto__']);
    expect('x' in after).toBe(false);
  });
});

describe('patchJsonText', () => {
  it('must keep comments, order and formatting of all that it does not change', () => {
    const patch: PatchOperation[] = [
      { op: 'replace', path: '/ports/alloy', value: 1024 },
      { op: 'move', from: '/last', path: '/first' },
      { op: 'replace', path: '/list/1', value: 'c' },
    ];
    expect(patchJsonText(text, patch)).toBe(
      text.replace('"alloy": 80', '"alloy": 1024').replace('"last"', '"first"').replace('"b"', '"c"'),
    );
  });

  it('must write in the indentation and line ends of the text', () => {
    const after = patchJsonText('{\r\n\t"a": 1\r\n}\r\n', [{ op: 'add', path: '/b', value: { c: 2 } }]);
    expect(after).toBe('{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}\r\n');
  });

  it('must make of a text what the patch makes of its value', () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('', 'x', 'a/b', '~'), fc.constant(null));
    const key = fc.constantFrom('a', 'b', 'c/d', 'e~f', '7', '');
    const json = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(key, tie('any'))),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(key, json), fc.dictionary(key, json), (before, after) => {
        const patch = diffJson(before, after);
        expect(applyPatch(before, patch)).toEqual(after);
        const patched = patchJsonText(`// head\n${JSON.stringify(before, null, 2)}\n`, patch);
        const parsed = parseJson(patched, 'f');
        expect(parsed.ok && parsed.value.value).toEqual(after);
      }),
      { numRuns: 300 },
    );
  });
});
