import { expect, test } from 'vitest';
import { errorText, type LabelFilter, type LogQuery, parseLogql, parseSelector, type Query } from '../logql.ts';

function parsed(text: string): Query {
  const result = parseLogql(text);
  if (!result.ok) throw new Error(errorText(result.failure));
  return result.value;
}

/** The tree as data: functions left out, BigInts as text. */
function shape(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v)));
}

function lineKept(query: string, line: string): boolean {
  const log = parsed(query) as LogQuery;
  return log.stages.every((stage) => stage.kind !== 'line' || stage.test(line));
}

test.each([
  ['{job="docker"', 'parse error at line 1, col 14: syntax error: unexpected $end, expecting } or ,'],
  ['', 'parse error : syntax error: unexpected $end'],
  ['{foo}', 'parse error at line 1, col 5: syntax error: unexpected }, expecting = or =~ or !~ or !='],
  ['{foo=}', 'parse error at line 1, col 6: syntax error: unexpected }, expecting STRING'],
  ['{a="b",}', 'parse error at line 1, col 8: syntax error: unexpected }, expecting IDENTIFIER'],
  ['{a="b"}\n| level=', 'parse error at line 2, col 9: syntax error: unexpected $end'],
  ['{a="b', 'parse error at line 1, col 4: literal not terminated'],
  ['foo', 'parse error at line 1, col 1: syntax error: unexpected IDENTIFIER'],
  ['rate({a="b"}[5minutes])', 'parse error at line 1, col 13: unknown unit "minutes" in duration "5minutes"'],
  ['{a=~"("}', 'parse error : error parsing regexp: missing closing ): `(`'],
  ['{a="b"} | unpack', 'not implemented by this stand-in: | unpack'],
  ['{a="b"} | logfmt --strict', 'not implemented by this stand-in: flags of | logfmt'],
  ['{a="b"} | json x="y.z"', 'not implemented by this stand-in: | json x="y.z"'],
  [
    '{a="b"} | line_format "{{ToUpper .x}}"',
    'not implemented by this stand-in: the template action {{ToUpper .x}} of line_format',
  ],
  ['{a="b"} |> "<_>"', 'not implemented by this stand-in: the line filter |>'],
  ['{a="b"} |= ip("10.0.0.0/8")', 'not implemented by this stand-in: ip() as a line filter'],
  ['rate({a="b"}[1m] offset 5m)', 'not implemented by this stand-in: offset'],
  ['sum_over_time({a="b"} | unwrap x [1m])', 'not implemented by this stand-in: sum_over_time()'],
  ['stddev(rate({a="b"}[1m]))', 'not implemented by this stand-in: stddev()'],
  ['rate({a="b"}[1m]) / on(x) rate({a="b"}[1m])', 'not implemented by this stand-in: the modifier on(x)'],
  ['rate({a="b"}[1m]) or rate({a="c"}[1m])', 'not implemented by this stand-in: the operator or'],
])('%s must be refused with: %s', (query, message) => {
  const result = parseLogql(query);
  expect(result.ok ? 'accepted' : errorText(result.failure)).toBe(message);
});

const selectivity = 'queries require at least one regexp or equality matcher';

test.each([
  ['{}', false],
  ['{ }', false],
  ['{a=~".*"}', false],
  ['{a=""}', false],
  ['{a!="b"}', false],
  ['{a!~"b|c"}', false],
  ['{a=~".+"}', true],
  ['{a="b", c!="d"}', true],
  ['{a!=""}', true],
  ['count_over_time({a=~".*"}[5m])', false],
  ['count_over_time({a="b"}[5m])', true],
])('%s may read streams: %s', (query, allowed) => {
  const result = parseLogql(query);
  expect(result.ok).toBe(allowed);
  if (!result.ok) expect(errorText(result.failure)).toContain(selectivity);
});

test.each([
  ['{a="b"} |= "x"', 'a x b', 'a y b'],
  ['{a="b"} != "x"', 'a y b', 'a x b'],
  ['{a="b"} |~ "x.y"', 'ax-yb', 'axyb'],
  ['{a="b"} !~ "x.y"', 'axyb', 'ax-yb'],
  ['{a="b"} |= "x" or "y"', 'y', 'z'],
  ['{a="b"} != "x" or "y"', 'z', 'y'],
  ['{a="b"} |= `a\\d` |= "é"', 'a\\d é', 'a1 é'],
  ['{a="b"} |= "q\\"\\u00e9"', 'q"é', 'q"e'],
  ['{a="b"} |~ "(?i)error"', 'An ERROR', 'An eror'],
])('%s must let through %s and stop %s', (query, kept, stopped) => {
  expect(lineKept(query, kept)).toBe(true);
  expect(lineKept(query, stopped)).toBe(false);
});

test('matchers must see the whole value, and an absent label as empty', () => {
  const { matchers } = parsed('{job=~"a|b", env!~"t.*", x="1", y!="2"}') as LogQuery;
  expect(matchers.map((m) => [m.name, m.op, m.value])).toEqual([
    ['job', '=~', 'a|b'],
    ['env', '!~', 't.*'],
    ['x', '=', '1'],
    ['y', '!=', '2'],
  ]);
  const [job, env] = matchers;
  expect(['a', 'b', 'ab', 'xa'].map((v) => job?.test(v))).toEqual([true, true, false, false]);
  expect(['test', 'atest', ''].map((v) => env?.test(v))).toEqual([false, true, true]);
});

test('stages must come in the order that they are written in', () => {
  const query =
    '{a="b"} |= "x" | json | level="error" and (n>=3 or d<250ms) | size > 2KiB | logfmt | drop x, y | keep z | line_format "{{.a}}: {{ .b }}"';
  expect(shape((parsed(query) as LogQuery).stages)).toEqual([
    { kind: 'line', op: '|=', texts: ['x'] },
    { kind: 'json' },
    {
      kind: 'label',
      filter: {
        kind: 'and',
        left: { kind: 'match', matcher: { name: 'level', op: '=', value: 'error' } },
        right: {
          kind: 'or',
          left: { kind: 'compare', name: 'n', op: '>=', value: 3, unit: 'number' },
          right: { kind: 'compare', name: 'd', op: '<', value: 0.25, unit: 'duration' },
        },
      },
    },
    { kind: 'label', filter: { kind: 'compare', name: 'size', op: '>', value: 2048, unit: 'bytes' } },
    { kind: 'logfmt' },
    { kind: 'drop', names: ['x', 'y'] },
    { kind: 'keep', names: ['z'] },
    { kind: 'line_format', parts: [{ text: '' }, { label: 'a' }, { text: ': ' }, { label: 'b' }, { text: '' }] },
  ]);
});

test('metric queries must keep their grouping, range and operands', () => {
  expect(shape(parsed('sum by (job, env) (count_over_time({a="b"} |= "x" [1h30m]))'))).toMatchObject({
    kind: 'aggregate',
    op: 'sum',
    grouping: { without: false, labels: ['job', 'env'] },
    inner: { kind: 'range', op: 'count_over_time', rangeNs: '5400000000000n', log: { stages: [{ kind: 'line' }] } },
  });
  expect(shape(parsed('avg(rate({a="b"}[5m])) without (x)'))).toMatchObject({
    op: 'avg',
    grouping: { without: true, labels: ['x'] },
  });
  expect(shape(parsed('topk(3, bytes_rate({a="b"}[5m]))'))).toMatchObject({
    kind: 'top',
    k: 3,
    inner: { op: 'bytes_rate' },
  });
  expect(shape(parsed('vector(1)+vector(1)'))).toEqual({
    kind: 'binary',
    op: '+',
    bool: false,
    left: { kind: 'vector', value: 1 },
    right: { kind: 'vector', value: 1 },
  });
  expect(shape(parsed('count_over_time({a="b"}[5m]) > bool 3'))).toMatchObject({
    op: '>',
    bool: true,
    right: { value: 3 },
  });
});

test('a selector alone must be taken, and one with a pipeline refused, where only labels are asked for', () => {
  expect(parseSelector('{a="b"}').ok).toBe(true);
  expect(parseSelector('{a="b"} |= "x"').ok).toBe(false);
  expect(parseSelector('rate({a="b"}[1m])').ok).toBe(false);
});

/** Operations in brackets, numbers as they stand. */
function brackets(query: Query): string {
  if (query.kind === 'number') return String(query.value);
  return query.kind === 'binary' ? `(${brackets(query.left)}${query.op}${brackets(query.right)})` : query.kind;
}

test.each([
  ['1*2+3', '((1*2)+3)'],
  ['1+2*3', '(1+(2*3))'],
  ['1-2-3', '((1-2)-3)'],
  ['2^3^2', '(2^(3^2))'],
  ['(1+2)*3', '((1+2)*3)'],
  ['1*(2+3)*4', '((1*(2+3))*4)'],
  ['8/4/2 > 1+0', '(((8/4)/2)>(1+0))'],
  ['vector(1)*2+1', '((vector*2)+1)'],
  ['((1+2))*3', '((1+2)*3)'],
])('%s must be worked out as %s', (query, wanted) => {
  expect(brackets(parsed(query))).toBe(wanted);
});

function filterText(query: string): string {
  const text = (filter: LabelFilter): string => {
    if (filter.kind === 'match') return filter.matcher.name;
    return filter.kind === 'compare' ? filter.name : `(${text(filter.left)} ${filter.kind} ${text(filter.right)})`;
  };
  const stage = (parsed(query) as LogQuery).stages[0];
  return stage?.kind === 'label' ? text(stage.filter) : 'none';
}

test.each([
  ['a="1" and b="2" or c="3"', '((a and b) or c)'],
  ['a="1" or b="2" and c="3"', '(a or (b and c))'],
  ['(a="1" or b="2") and c="3"', '((a or b) and c)'],
  ['a="1" , b="2" or c>3', '((a and b) or c)'],
])('the label filter %s must hold as %s', (filter, wanted) => {
  expect(filterText(`{x="y"} | ${filter}`)).toBe(wanted);
});
