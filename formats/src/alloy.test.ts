import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlloy, parseAlloyExpression, printAlloy, printExpression, quote } from './alloy.ts';

/** A tree as plain data, without places. */
function shape(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value) => (['pos', 'end', 'namePos'].includes(key) ? undefined : value)),
  );
}

function parsed(source: string) {
  const file = parseAlloy(source, 'test.alloy');
  if (!file.ok) throw new Error(`${file.failure.place?.line}:${file.failure.place?.column}: ${file.failure.message}`);
  return file.value;
}

function expression(source: string) {
  const result = parseAlloyExpression(source);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

describe('parseAlloy', () => {
  it('must read blocks, labels, attributes, comments and places', () => {
    const file = parsed(
      '// head\nlogging {\n  level = "info" // tail\n}\n\nloki.write "store" { /* in\nside */ endpoint { url = `x` } }\n',
    );
    expect(file.body.map((s) => (s.kind === 'block' ? [s.name.join('.'), s.label] : s.name))).toEqual([
      ['logging', undefined],
      ['loki.write', 'store'],
    ]);
    expect(file.body[0]).toMatchObject({
      pos: { line: 2, column: 1, offset: 8 },
      body: [{ name: 'level', pos: { line: 3, column: 3 } }],
    });
    expect(file.body[1]).toMatchObject({ body: [{ name: ['endpoint'], pos: { line: 7, column: 9 } }] });
  });

  it.each([
    ['a = 1 + 2 * 3', 'a = (1 + (2 * 3))'],
    ['a = 2 ^ 3 ^ 2', 'a = (2 ^ (3 ^ 2))'],
    ['a = 1 - 2 - 3', 'a = ((1 - 2) - 3)'],
    ['a = !b && c || d == 1', 'a = ((!b && c) || (d == 1))'],
    ['a = -b.c[0](1).d', 'a = -b.c[0](1).d'],
    ['a = 1 < 2 == true', 'a = ((1 < 2) == true)'],
  ])('%s must bind as %s', (source, explicit) => {
    const unwrapped = (node: unknown): unknown =>
      JSON.parse(JSON.stringify(node), (_, v) => (v?.kind === 'paren' ? v.inner : v));
    expect(unwrapped(shape(parsed(source)))).toEqual(unwrapped(shape(parsed(explicit))));
  });

  it.each([
    ['a = [1, 2,]', 'a = [1, 2]'],
    ['a = [\n1,\n2,\n]', 'a = [1, 2]'],
    ['a = {b = 1, "c.d" = 2,}', 'a = {b = 1, "c.d" = 2}'],
    ['a = f(\n1,\n)', 'a = f(1)'],
    ['a = b ||\n c', 'a = b || c'],
    ['\ufeffa = 1\r\nb = 2\r\n', 'a = 1\nb = 2'],
    ['block {\n}', 'block { }'],
    ['block "" { }', 'block { }'],
  ])('%j must read as %j', (source, same) => {
    expect(shape(parsed(source).body)).toEqual(shape(parsed(same).body));
  });

  it.each([
    ['a = ', 1, 5, 'expected expression, got EOF'],
    ['a = [1\n]', 1, 7, "missing ',' in expression list"],
    ['a = {b 1}', 1, 8, 'expected =, got NUMBER'],
    ['a = {1 = 2}', 1, 6, 'expected field name (string or identifier), got NUMBER'],
    ['a.b = 1', 1, 1, 'attribute names may only consist of a single identifier with no "."'],
    ['a "b" = 1', 1, 3, 'attribute names may not have labels'],
    ['a "b c" { }', 1, 3, 'expected block label to be a valid identifier, but got "b c"'],
    ['a `b` { }', 1, 3, 'expected block label to be a double quoted string, but got "`b`"'],
    ['a 1', 1, 3, 'expected attribute assignment or block body, got NUMBER'],
    ['x {\n  a = 1 b = 2\n}', 2, 9, 'expected TERMINATOR, got IDENT'],
    ['x {\n  a = 1\n', 3, 1, 'expected }, got EOF'],
    ['a = "b', 1, 5, 'string literal not terminated'],
    ['a = "\\q"', 1, 7, 'unknown escape sequence'],
    ['a = "\\xg1"', 1, 7, "illegal character U+0067 'g' in escape sequence"],
    ['a = "\\ud800"', 1, 7, 'escape sequence is invalid Unicode code point'],
    ["a = 'b'", 1, 5, 'illegal single-quoted string; use double quotes'],
    ['a = b | c', 1, 8, 'missing second | in ||'],
    ['a = 1e+', 1, 5, 'exponent has no digits'],
    ['a = 0x1F', 1, 6, 'expected TERMINATOR, got IDENT'],
    ['a = 1 ~', 1, 7, "illegal character U+007E '~'"],
    ['/* a', 1, 1, 'block comment not terminated'],
    ['a = b { }', 1, 5, 'cannot use a block as an expression'],
    ['}', 1, 1, 'expected identifier, got }'],
  ])('%j must be refused at %i:%i: %s', (source, line, column, message) => {
    const file = parseAlloy(source, 'test.alloy');
    expect(file.ok).toBe(false);
    if (!file.ok)
      expect(file.failure).toMatchObject({
        code: 'E_CONFIG_PARSE',
        message,
        place: { file: 'test.alloy', line, column },
      });
  });

  it('must refuse endless nesting and endless chains', () => {
    for (const source of [
      '['.repeat(1e5),
      '!'.repeat(1e5),
      `${'1^'.repeat(1e5)}1`,
      `${'1+'.repeat(1e5)}1`,
      `a${'.b'.repeat(1e5)}`,
      `${'a {'.repeat(1e5)}`,
    ]) {
      expect(parseAlloy(`x = ${source}`)).toMatchObject({ ok: false, failure: { code: 'E_CONFIG_PARSE' } });
    }
    expect(parseAlloy(`x = ${'['.repeat(200)}${']'.repeat(200)}`).ok).toBe(true);
  });

  it('must answer any text with a value', () => {
    const pieces = fc.constantFrom(
      ...'abc.={}[](),"`\\\n +-*/%^!<>&|01e_\0',
      '//',
      '/*',
      '*/',
      'loki.write "x" {',
      'true',
      'null',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((p) => p.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (source) => {
          const file = parseAlloy(source);
          if (file.ok) expect(shape(parsed(printAlloy(file.value)).body)).toEqual(shape(file.value.body));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('printAlloy', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/).filter((n) => !['true', 'false', 'null'].includes(n));
  const pos = { line: 1, column: 1, offset: 0 };
  const literal = fc.oneof(
    fc
      .string({ unit: 'grapheme' })
      .map((text) => ({ kind: 'literal', type: 'string', raw: quote(text), pos }) as const),
    fc.nat().map((n) => ({ kind: 'literal', type: 'number', raw: String(n), pos }) as const),
    fc.constantFrom('1.5', '.5', '1e9', '2.5e-3').map((raw) => ({ kind: 'literal', type: 'float', raw, pos }) as const),
    fc.constantFrom('true', 'false').map((raw) => ({ kind: 'literal', type: 'bool', raw, pos }) as const),
    fc.constant({ kind: 'literal', type: 'null', raw: 'null', pos } as const),
    name.map((n) => ({ kind: 'identifier', name: n, pos }) as const),
  );
  const { any } = fc.letrec((tie) => {
    const operand = fc.oneof(
      literal,
      tie('any').map((inner) => ({ kind: 'paren', inner, pos })),
    );
    return {
      any: fc.oneof(
        { maxDepth: 4 },
        literal,
        fc.array(tie('any'), { maxLength: 3 }).map((elements) => ({ kind: 'array', elements, pos })),
        fc
          .array(fc.record({ name, quoted: fc.constantFrom('', '"'), value: tie('any'), pos: fc.constant(pos) }), {
            maxLength: 3,
          })
          .map((fields) => ({ kind: 'object', fields, pos })),
        fc.tuple(operand, name).map(([of, n]) => ({ kind: 'access', of, name: n, namePos: pos, pos })),
        fc.tuple(operand, tie('any')).map(([of, index]) => ({ kind: 'index', of, index, pos })),
        fc
          .tuple(operand, fc.array(tie('any'), { maxLength: 2 }))
          .map(([callee, args]) => ({ kind: 'call', callee, args, pos })),
        fc.tuple(fc.constantFrom('!', '-'), operand).map(([op, o]) => ({ kind: 'unary', op, operand: o, pos })),
        fc
          .tuple(fc.constantFrom('||', '&&', '==', '<=', '+', '-', '*', '/', '%', '^'), operand, operand)
          .map(([op, left, right]) => ({ kind: 'binary', op, left, right, pos })),
      ),
    };
  });

  it('must write what parses to the same tree', () => {
    fc.assert(
      fc.property(any, (tree) => {
        const written = printExpression(tree as Parameters<typeof printExpression>[0]);
        expect(shape(expression(written))).toEqual(shape(tree));
      }),
      { numRuns: 1000 },
    );
  });

  it('must write blocks with their labels and nesting', () => {
    const source = 'a.b "c" {\n\td = [1, {\n\t\te = 2,\n\t}]\n\n\tf { }\n}\n';
    expect(printAlloy(parsed(source))).toBe(source.replace('\n\n\tf', '\n\tf'));
  });
});
