import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, parseAlloyExpression } from './alloy.ts';
import { renderTemplate } from './template.ts';
import { parseYaml } from './yaml.ts';

const render = (templates: Readonly<Record<string, string>>, values: Readonly<Record<string, unknown>> = {}) =>
  renderTemplate(new Map(Object.entries(templates)), 'a.j2', values);

function problem(templates: Readonly<Record<string, string>>, values: Readonly<Record<string, unknown>> = {}): string {
  const rendered = render(templates, values);
  if (rendered.ok) return `accepted: ${rendered.value}`;
  const { code, message, place } = rendered.failure;
  return `${code} ${[place?.file, place?.line, place?.column].filter((p) => p !== undefined).join(':')} ${message}`;
}

describe('renderTemplate', () => {
  it('must fill in values, loops and includes, and leave no line behind for a tag', () => {
    const templates = {
      'a.j2':
        'top\n{% for name, value in labels %}\n{{ loop.index }} {{ name }}={{ value }}\n{% endfor %}\n{% include "b" %}',
      b: '{% if yes %}{{ list[0].x }}{% endif %}\n',
    };
    expect(render(templates, { labels: { p: 1, q: 'two' }, yes: true, list: [{ x: 'in' }] })).toEqual({
      ok: true,
      value: 'top\n1 p=1\n2 q=two\nin',
    });
  });

  it('must not take a value for a template', () => {
    expect(render({ 'a.j2': '{{ x }}' }, { x: '{{ y }}<&' })).toEqual({ ok: true, value: '{{ y }}<&' });
  });

  const values = { list: [1, 0], config: { port: 1 }, nothing: undefined };
  it.each([
    ['one\n\n  {{ nope }}', 'a.j2:3:6 "nope" is not given a value'],
    ['one\n{{ config.prot }}', 'a.j2:2:11 "prot" is not given a value'],
    ['one\n{% for x in lst %}{{ x }}{% endfor %}', 'a.j2:2:13 "lst" is not given a value'],
    ['one\n{% for x in config.lst %}{{ x }}{% endfor %}', 'a.j2:2:20 "lst" is not given a value'],
    ['{% if nope %}x{% endif %}', 'a.j2:1:7 "nope" is not given a value'],
    ['{{ config.constructor }}', 'a.j2:1:11 "constructor" is not given a value'],
    ['one\n{{ nothing }}', 'a.j2:2:1 attempted to output null or undefined value'],
    ['{% for x in list if x %}{{ x }}{% endfor %}', 'a.j2:1 this engine ignores the `if` of `for … if`'],
    ['one\n{%- for x in list\n  if x %}{{ x }}{% endfor %}', 'a.j2:2 this engine ignores the `if`'],
    ['one\n{% foo %}', 'a.j2:2:4 unknown block tag: foo'],
    ['one\n{% for x in list %}', 'a.j2'],
    ['{{ list | nope }}', 'a.j2 filter not found: nope'],
    ['{% include "zz" %}', 'a.j2 template not found: zz'],
  ])('must refuse %j', (text, expected) => {
    expect(problem({ 'a.j2': text }, values)).toContain(`E_CONFIG_TEMPLATE ${expected}`);
  });

  it('must accept the loops and conditions that the refused ones were meant to be', () => {
    expect(
      render({ 'a.j2': '{% for x in list %}{% if x %}{{ x }}{% endif %}{% endfor %}{{ config.port }}' }, values),
    ).toEqual({ ok: true, value: '11' });
  });

  it('must give the place in the included template', () => {
    const including = { 'a.j2': 'one\n{% include "b" %}' };
    expect(problem({ ...including, b: '\n\n{{ nope }}' })).toBe('E_CONFIG_TEMPLATE b:3:4 "nope" is not given a value');
    expect(problem({ ...including, b: '\n{% foo %}' })).toContain('E_CONFIG_TEMPLATE b:2:4 unknown block tag');
    expect(problem({ ...including, b: '\n{{ x }}' }, { x: null })).toContain('E_CONFIG_TEMPLATE b:2:1 attempted');
  });
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\t', '\u0000', '\u007f', '\u2028', "'", '`', '$', '{', '#'),
  }),
);

describe('the filters', () => {
  it('must make of any text an Alloy string that stands for it', () => {
    fc.assert(
      fc.property(text, (value) => {
        const rendered = render({ 'a.j2': '{{ x | quote }}' }, { x: value });
        const parsed = parseAlloyExpression(rendered.ok ? rendered.value : '', 'x');
        expect(parsed.ok && evaluate(parsed.value, { file: 'x', names: new Map() })).toEqual({ ok: true, value });
      }),
    );
  });

  it('must make of any text a YAML scalar that stands for it', () => {
    fc.assert(
      fc.property(text, (value) => {
        const rendered = render({ 'a.j2': 'a: {{ x | yaml }}\nb: 1' }, { x: value });
        const parsed = parseYaml(rendered.ok ? rendered.value : '', 'x');
        expect(parsed.ok && parsed.value.value).toEqual({ a: value, b: 1 });
      }),
    );
  });
});
