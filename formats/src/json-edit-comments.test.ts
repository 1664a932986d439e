import { describe, expect, it } from 'vitest';
import { patchJsonText } from './json-edit.ts';
import type { PatchOperation } from './json-patch.ts';

const remove = (...paths: string[]) => paths.map((path): PatchOperation => ({ op: 'remove', path }));
const add = (path: string, value: unknown): PatchOperation[] => [{ op: 'add', path, value }];
const replace = (path: string, value: unknown): PatchOperation[] => [{ op: 'replace', path, value }];

const lines = `{ // all
  // the head of a section

  // of a
  "a": 1, // a
  /* of b,
     again */
  "b": [1, 2], /* b */
  "c": { "x": 1 } // c
  // the end
}`;

describe('patchJsonText, beside comments', () => {
  const cases: readonly (readonly [what: string, text: string, patch: PatchOperation[], after: string])[] = [
    ['remove the first key', lines, remove('/a'), lines.replace('\n  // of a\n  "a": 1, // a', '')],
    ['remove one between', lines, remove('/b'), lines.replace(/\n {2}\/\* of b.*\/\* b \*\//s, '')],
    ['remove the last', lines, remove('/c'), lines.replace('],', ']').replace('\n  "c": { "x": 1 } // c', '')],
    ['remove all', lines, remove('/b', '/a', '/c'), '{ // all\n  // the head of a section\n\n  // the end\n}'],
    [
      'remove the only key',
      '{\n  "a": {\n    // x\n    "x": 1 // x\n  } // a\n}',
      remove('/a/x'),
      '{\n  "a": {} // a\n}',
    ],
    ['remove from one line', '{ "a": 1 /* a */, /* b */ "b": 2, "c": 3 }', remove('/b'), '{ "a": 1 /* a */, "c": 3 }'],
    ['remove the first of one line', '[1 /* a */, /* b */ 2 ]', remove('/0'), '[/* b */ 2 ]'],
    ['remove the last of one line', '{ "a": 1, /* b */ "b": 2 /* b */ }', remove('/b'), '{ "a": 1 }'],
    ['remove the only one of a line', '[{ "a": 1 }]', remove('/0/a'), '[{}]'],
    ['keep a trailing comma', '[\n  1, // a\n  2, // b\n]\n', remove('/1'), '[\n  1, // a\n]\n'],
    ['leave no trailing comma alone', '[\n  1, // a\n]\n', remove('/0'), '[]\n'],
    [
      'remove where commas come first',
      '{ "a": 1 // a\n  // b\n, "b": 2 // b\n, "c": 3 // c\n}',
      remove('/b'),
      '{ "a": 1 // a\n, "c": 3 // c\n}',
    ],
    [
      'leave no blank line where a comma was alone',
      '{ "a": 1 // a\n  // b\n  ,\n  "b": 2 // b\n}',
      remove('/a'),
      '{\n  // b\n  "b": 2 // b\n}',
    ],
    ['keep one blank line', '{\n  "a": 1,\n\n  "b": 2,\n\n  "c": 3\n}', remove('/b'), '{\n  "a": 1,\n\n  "c": 3\n}'],
    ['leave none at the end', '{\n  "a": 1,\n\n  "b": 2\n}', remove('/b'), '{\n  "a": 1\n}'],

    [
      'add behind the comment of the last',
      lines,
      add('/d', [4]),
      lines.replace('} // c', '}, // c\n  "d": [\n    4\n  ]'),
    ],
    [
      'add to one line',
      '{ "a": 1 /* a */ }',
      add('/b', { c: [2], d: {} }),
      '{ "a": 1 /* a */, "b": { "c": [2], "d": {} } }',
    ],
    [
      'add to a line without spaces',
      '{"a":[1,2]}',
      [...add('/b', { c: 1 }), ...add('/a/1', 3)],
      '{"a":[1,3,2],"b":{"c":1}}',
    ],
    ['add where only a line comment breaks the line', '{ "a": 1 // a\n}', add('/b', 2), '{ "a": 1, // a\n  "b": 2\n}'],
    ['add behind a trailing comma', '[\n\t1, // a\n]', add('/-', { b: 2 }), '[\n\t1, // a\n\t{\n\t\t"b": 2\n\t},\n]'],
    ['add to a list, at its start', '[ // all\n  // a\n  1\n]', add('/0', 0), '[ // all\n  0,\n  // a\n  1\n]'],
    ['add to a list, between', '[\n  1, // a\n  // b\n  2\n]', add('/1', 0), '[\n  1, // a\n  0,\n  // b\n  2\n]'],
    [
      'add the first key',
      '{\n  "a": {},\n  "b": { "c": {} }\n}',
      [...add('/a/x', 1), ...add('/b/c/x', 1)],
      '{\n  "a": {\n    "x": 1\n  },\n  "b": { "c": { "x": 1 } }\n}',
    ],
    ['add the first of all', '// all\n{}', add('/a', 1), '// all\n{\n  "a": 1\n}'],
    ['add below a comment that is alone', '{ // all\n  // none\n}', add('/a', 1), '{ // all\n  // none\n\n  "a": 1\n}'],
    [
      'add in CRLF',
      '{\r\n\t"a": 1 // a\r\n}',
      add('/b', { c: 2 }),
      '{\r\n\t"a": 1, // a\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}',
    ],
    ['remove in CRLF', '{\r\n  "a": 1, // a\r\n  // b\r\n  "b": 2 // b\r\n}', remove('/b'), '{\r\n  "a": 1 // a\r\n}'],

    [
      'replace what is between comments',
      '{ "a": /* x */ 1 /* y */, "b": [1,\n  2] }',
      replace('/a', [2]),
      '{ "a": /* x */ [2] /* y */, "b": [1,\n  2] }',
    ],
    [
      'replace a list on its line',
      '{\n  "a": ["x"], // a\n  "b": 1\n}',
      replace('/a', ['y', 'z']),
      '{\n  "a": ["y", "z"], // a\n  "b": 1\n}',
    ],
    [
      'replace a value by more lines',
      '{\n  "a": 1, // a\n  "b": 1\n}',
      replace('/a', { c: 1 }),
      '{\n  "a": {\n    "c": 1\n  }, // a\n  "b": 1\n}',
    ],
    ['replace all', '// all\n[1] // end', replace('', 2), '// all\n2 // end'],
    [
      'rename a key to one that there is',
      '{\n  "a": 1, // a\n  "b": 2 // b\n}',
      [{ op: 'move', from: '/a', path: '/b' }],
      '{\n  "b": 1 // a\n}',
    ],
  ];
  it.each(cases)('must %s', (_, text, patch, after) => {
    expect(patchJsonText(text, patch)).toBe(after);
  });
});
