import fc from 'fast-check';
import { writeYaml } from '../../formats/src/yaml.ts';

type Json = unknown;

/** Values that a reader may stumble over wherever they stand. */
const awkward: readonly Json[] = [
  null,
  '',
  0,
  -0,
  -1,
  1e21,
  Number.MAX_SAFE_INTEGER + 2,
  0.1,
  true,
  [],
  {},
  [[]],
  [null],
  '__proto__',
  '../../etc/passwd',
  '/',
  '~',
  'a\nb',
  '\u001b[31m',
  '\ud800',
  'x'.repeat(5000),
  '{{ x }}',
  '$HOME',
];
const keys: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '7',
  'a/b~c',
  '\ud800',
  '<<',
];

/** Pieces of text that mean something to a parser of JSON or YAML. */
const pieces: readonly string[] = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  "'",
  '\\',
  '//',
  '/*',
  '*/',
  '#',
  '\n',
  '\r\n',
  '\t',
  '\u2028',
  '\0',
  '\ufeff',
  '1e999',
  '-0',
  '0x10',
  '1'.repeat(400),
  '"\\ud800"',
  '"__proto__": {"polluted": true},',
  '"constructor": {"prototype": {"polluted": true}},',
  '&a ',
  '*a',
  '<<: *a\n',
  '!!js/function x',
  '!reset ',
  '? ',
  '- ',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '|\n',
  '>-\n',
  'null',
  '['.repeat(200),
  '- '.repeat(200),
  '{"a":'.repeat(200),
];

const encoder = new TextEncoder();

/** Texts that were made to hurt, whatever they are put into. */
const hostile: readonly string[] = [
  '',
  ' ',
  'null',
  '[]',
  '"x"',
  '7',
  '['.repeat(10_000),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '- '.repeat(10_000),
  '? '.repeat(3000),
  `${'&a '.repeat(1000)}x`,
  '{"a": 1, "a": 2}',
  '{"__proto__": {"polluted": true}, "__proto__": 1}',
  '{"schema_version": 1e999999}',
  `{"${'k'.repeat(100_000)}": 1}`,
  `a: &a [${'x,'.repeat(9)}x]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}x]\n`)}`,
  'a: &a\n  b: *a\n',
  '? {a: 1}\n: b\n? [1, 2]\n: c\n',
  '<<: {a: 1}\nb: 2\n',
  '!!binary x\n',
  'a: !!timestamp 2001-12-14\n',
  '%TAG ! tag:x,2000:\n---\na: !y z\n',
  'a: 1\n...\nb: 2\n',
  '\u2028\u2029\u0085',
];

/** The bytes of a file that is one of `corpus`, changed as a slip, a broken disk or an attacker would change it. */
export function fuzzed(corpus: readonly Json[], yaml: boolean): fc.Arbitrary<Uint8Array> {
  const written = (value: Json): string => (yaml ? writeYaml(value) : JSON.stringify(value, null, 2)) ?? 'null';
  const base = fc.constantFrom(...corpus);
  const changed = fc
    .tuple(base, fc.array(treeChange, { minLength: 1, maxLength: 4 }))
    .map(([value, changes]) => written(changes.reduce(changeTree, structuredClone(value))));
  const text = fc
    .tuple(fc.oneof(base.map(written), changed), fc.array(textChange, { minLength: 1, maxLength: 6 }))
    .map(([start, changes]) => changes.reduce(changeText, start));
  const anything = fc.oneof(
    fc.json({ maxDepth: 6 }),
    fc.jsonValue().map(written),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((all) => all.join('')),
    fc.constantFrom(...hostile),
  );
  return fc.oneof(
    { weight: 5, arbitrary: changed.map(encode) },
    { weight: 5, arbitrary: text.map(encode) },
    { weight: 2, arbitrary: fc.tuple(fc.oneof(base.map(written), changed), byteChange).map(([t, c]) => c(encode(t))) },
    { weight: 2, arbitrary: anything.map(encode) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) },
  );
}

function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

interface TreeChange {
  readonly how: 'replace' | 'remove' | 'rename' | 'copy' | 'wrap';
  /** Where: each number picks one of the members that there are. */
  readonly path: readonly number[];
  readonly value: Json;
  readonly key: string;
}

const treeChange: fc.Arbitrary<TreeChange> = fc.record({
  how: fc.constantFrom('replace', 'remove', 'rename', 'copy', 'wrap'),
  path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
  value: fc.oneof(fc.constantFrom(...awkward), fc.jsonValue({ maxDepth: 2 })),
  key: fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 12 })),
});

/** Descends as far as the path and the value go, and changes what it finds there. */
function changeTree(value: Json, change: TreeChange): Json {
  const [at, ...path] = change.path;
  if (at === undefined || typeof value !== 'object' || value === null) return change.value;
  const entries = Object.entries(value);
  const index = at % Math.max(1, entries.length);
  const [name, inner] = entries[index] ?? ['new', null];
  const deeper = path.length > 0 && typeof inner === 'object' && inner !== null;
  if (deeper) entries[index] = [name, changeTree(inner, { ...change, path })];
  else if (change.how === 'remove') entries.splice(index, 1);
  else if (change.how === 'rename') entries[index] = [change.key, inner];
  else if (change.how === 'copy') entries.push([change.key, structuredClone(inner)]);
  else if (change.how === 'wrap') entries[index] = [name, [inner]];
  else entries[index] = [name, change.value];
  return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

interface TextChange {
  readonly at: number;
  readonly length: number;
  readonly piece: string;
  readonly how: 'insert' | 'replace' | 'cut' | 'repeat';
}

const textChange: fc.Arbitrary<TextChange> = fc.record({
  at: fc.nat(),
  length: fc.nat(40),
  piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 4 })),
  how: fc.oneof({ weight: 8, arbitrary: fc.constantFrom('insert', 'replace', 'repeat') }, fc.constant('cut')),
});

function changeText(text: string, { at, length, piece, how }: TextChange): string {
  const offset = at % (text.length + 1);
  const [before, rest] = [text.slice(0, offset), text.slice(offset)];
  if (how === 'cut') return before;
  if (how === 'repeat') return before + rest.slice(0, length).repeat(3) + rest.slice(length);
  return before + piece + (how === 'insert' ? rest : rest.slice(length));
}

/** What happens to the bytes of a text: a flipped bit, another encoding, a part that is lost. */
const byteChange: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Uint8Array) => {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0) copy[at % copy.length] = (copy[at % copy.length] as number) ^ mask;
    return copy;
  }),
  fc.nat().map((at) => (bytes: Uint8Array) => bytes.subarray(0, at % (bytes.length + 1))),
  fc.constantFrom<(bytes: Uint8Array) => Uint8Array>(
    (bytes) => Uint8Array.from([0xef, 0xbb, 0xbf, ...bytes]),
    (bytes) => new Uint8Array(Buffer.from(`\ufeff${new TextDecoder().decode(bytes)}`, 'utf16le')),
    (bytes) => new Uint8Array(Buffer.from(`${new TextDecoder().decode(bytes)}é`, 'latin1')),
    (bytes) => Uint8Array.from([...bytes, 0]),
    (bytes) => Uint8Array.from([...bytes, ...encoder.encode(' '.repeat(1024 * 1024))]),
  ),
);
