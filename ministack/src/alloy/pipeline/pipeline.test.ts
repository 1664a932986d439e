import { describe, expect, it } from 'vitest';
import { load } from '../config/load.ts';
import type { Labels } from './entry.ts';

const target = 'targets = [{"__path__" = "/x", "job" = "j"}]';

interface Run {
  readonly out: readonly (readonly [Labels, string])[];
  readonly dropped: readonly string[];
}

/** Sends lines through the components of a configuration and tells what arrives. */
function run(components: string, lines: readonly string[], labels: Labels = { filename: '/host/a.log' }): Run {
  const out: (readonly [Labels, string])[] = [];
  const dropped: string[] = [];
  const source = `loki.source.file "s" {\n${target}\nforward_to = [loki.process.p.receiver]\n}\n${components}\nloki.write "w" {\nendpoint { url = "http://loki:3100/push" }\n}`;
  const loaded = load(Buffer.from(source), {
    file: 'c.alloy',
    environment: { env: {}, hostname: 'box', os: 'linux', arch: 'amd64' },
    match: () => [],
    hooks: {
      store: (_, l, entry) => out.push([l, entry.line]),
      dropped: (_, reason) => dropped.push(reason),
      tooLong: () => undefined,
      echo: () => undefined,
    },
  });
  if (!loaded.ok) throw new Error(loaded.failure.message);
  for (const line of lines) {
    loaded.value.pipeline.from.get('loki.source.file.s')!({
      labels,
      line,
      extracted: undefined,
      origin: { path: '/x', offset: 0 },
    });
  }
  return { out, dropped };
}

const stages = (body: string) => `loki.process "p" {\nforward_to = [loki.write.w.receiver]\n${body}\n}`;
const linesOf = (result: Run) => result.out.map(([, line]) => line);
const rules = (...all: string[]) =>
  `loki.process "p" {\nforward_to = [loki.relabel.r.receiver]\n}\nloki.relabel "r" {\nforward_to = [loki.write.w.receiver]\n${all.map((r) => `rule {\n${r.replaceAll('; ', '\n')}\n}`).join('\n')}\n}`;

describe('loki.process', () => {
  it('must drop by length, by expression, by value, and count each under its reason', () => {
    const body =
      'stage.drop {\nlonger_than = "4B"\ndrop_counter_reason = "line_too_long"\n}\nstage.drop { expression = "^#" }';
    const result = run(stages(body), ['1234', '12345', 'é2é', '#a', 'a#']);
    expect(linesOf(result)).toEqual(['1234', 'a#']);
    expect(result.dropped).toEqual(['line_too_long', 'line_too_long', 'drop_stage']);
  });

  it('must drop only where all conditions of a stage hold', () => {
    expect(linesOf(run(stages('stage.drop {\nlonger_than = "2B"\nexpression = "x"\n}'), ['x', 'abc', 'abx']))).toEqual([
      'x',
      'abc',
    ]);
    const byValue =
      'stage.regex { expression = "lvl=(?P<level>\\\\w+)" }\nstage.drop {\nsource = "level"\nvalue = "debug"\n}';
    expect(linesOf(run(stages(byValue), ['lvl=debug', 'lvl=debugger', 'none']))).toEqual(['lvl=debugger', 'none']);
  });

  it('must extract by regex and JSON and set labels from it, but no labels that were not found', () => {
    const body =
      'stage.json { expressions = {status = "", method = "req.method"} }\nstage.labels { values = {status = "", verb = "method", none = ""} }';
    const result = run(stages(body), ['{"status":200,"req":{"method":"GET"}}', 'no json']);
    expect(result.out.map(([labels]) => labels)).toEqual([
      { filename: '/host/a.log', status: '200', verb: 'GET' },
      { filename: '/host/a.log' },
    ]);
  });

  it('must set, drop and keep labels, and put an extracted value in the place of the line', () => {
    const body =
      'stage.static_labels { values = {env = "demo", x = "y"} }\nstage.label_drop { values = ["x"] }\nstage.label_keep { values = ["env"] }\nstage.regex { expression = "msg=(?P<m>.*)" }\nstage.output { source = "m" }';
    expect(run(stages(body), ['a msg=hello']).out).toEqual([[{ env: 'demo' }, 'hello']]);
  });

  it('must replace in an extracted value where a source is named', () => {
    const body =
      'stage.regex { expression = "k=(?P<k>\\\\S+)" }\nstage.replace {\nsource = "k"\nexpression = "(s+)"\nreplace = "*"\n}\nstage.labels { values = {k = ""} }';
    expect(run(stages(body), ['k=asset s']).out).toEqual([[{ filename: '/host/a.log', k: 'a*et' }, 'k=asset s']]);
  });
});

describe('loki.relabel', () => {
  const labels = { filename: '/host/var/a.log', job: 'Var', __meta_x: '1' };
  it.each<[string, string, Labels | undefined]>([
    [
      'replace',
      'source_labels = ["filename"]; regex = "/host(/.*)"; target_label = "filename"',
      { ...labels, filename: '/var/a.log' },
    ],
    ['replace without a match', 'source_labels = ["filename"]; regex = "/hos(/.*)"; target_label = "filename"', labels],
    [
      'replace with a template',
      `source_labels = ["job", "filename"]; regex = "(.*);.*/(.*)[.]log"; target_label = "l_$2"; replacement = "\${1}x$$"`,
      { ...labels, l_a: 'Varx$' },
    ],
    ['replace by nothing', 'target_label = "job"; replacement = ""', { filename: labels.filename, __meta_x: '1' }],
    ['keep', 'action = "keep"; source_labels = ["job"]; regex = "Va."', labels],
    ['keep nothing', 'action = "keep"; source_labels = ["job"]; regex = "Va"', undefined],
    ['drop', 'action = "drop"; source_labels = ["job"]; regex = "V.*"', undefined],
    ['labeldrop', 'action = "labeldrop"; regex = "(job|__.*)"', { filename: labels.filename }],
    ['labelkeep', 'action = "labelkeep"; regex = "job"', { job: 'Var' }],
    ['labelmap', 'action = "labelmap"; regex = "__meta_(.*)"', { ...labels, x: '1' }],
    ['lowercase', 'action = "lowercase"; source_labels = ["job"]; target_label = "job"', { ...labels, job: 'var' }],
    ['uppercase', 'action = "uppercase"; source_labels = ["job"]; target_label = "job"', { ...labels, job: 'VAR' }],
    [
      'hashmod',
      'action = "hashmod"; source_labels = ["job"]; target_label = "h"; modulus = 8',
      { ...labels, h: expect.stringMatching(/^[0-7]$/) as unknown as string },
    ],
    ['keepequal', 'action = "keepequal"; source_labels = ["job"]; target_label = "filename"', undefined],
    ['dropequal', 'action = "dropequal"; source_labels = ["job"]; target_label = "filename"', labels],
  ])('%s must do as Prometheus does', (_, rule, expected) => {
    const { out } = run(rules(rule), ['l', 'l'], labels);
    expect(out).toEqual(
      expected
        ? [
            [expected, 'l'],
            [expected, 'l'],
          ]
        : [],
    );
  });
});

describe('load', () => {
  const write = 'loki.write "w" {\nendpoint { url = "http://l:1/p" }\n}\n';
  it.each([
    ['a = ', 1, 5, 'expected expression, got EOF'],
    ['foo.bar "x" { }', 1, 1, 'cannot find the definition of component name "foo.bar"'],
    ['loki.source.journal "x" { }', 1, 1, 'component "loki.source.journal" is not implemented by the stand-in'],
    ['tracing { }', 1, 1, 'block "tracing" is not implemented by the stand-in'],
    ['logging { level = "loud" }', 1, 1, 'unrecognized log level "loud"'],
    ['loki.write { }', 1, 1, 'component "loki.write" must have a label'],
    ['loki.write "w" { nope = 1 }', 1, 18, 'unrecognized attribute name "nope"'],
    ['loki.write "w" {\n  nope { }\n}', 2, 3, 'unrecognized block name "nope"'],
    ['loki.write "w" {\n  endpoint { }\n}', 2, 3, 'missing required attribute "url"'],
    ['loki.write "w" {\n  endpoint {\n    url = 1\n  }\n}', 3, 11, '1 should be string, got number'],
    ['loki.write "w" {\n  endpoint { url = "loki" }\n}', 2, 3, 'failed to parse remote url "loki"'],
    ['loki.write "w" {\n  endpoint = 1\n}', 2, 3, '"endpoint" must be a block, but is used as an attribute'],
    ['loki.write "w" {\n  endpoint {\n    url = "http://l"\n    batch_wait = "1x"\n  }\n}', 4, 18, 'unknown unit "x"'],
    [
      'loki.write "w" {\n  endpoint {\n    url = "http://l"\n    basic_auth { }\n  }\n}',
      4,
      5,
      'block "basic_auth" of endpoint is not implemented by the stand-in',
    ],
    ['loki.write "w" { external_labels = {a = 1} }', 1, 41, '1 should be string, got number'],
    ['loki.process "p" {\n  forward_to = [1]\n}', 2, 17, '1 should be capsule("loki.LogsReceiver"), got number'],
    [
      `${write}loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n  stage.match { selector = "x" }\n}`,
      6,
      3,
      'block "stage.match" of loki.process is not implemented by the stand-in',
    ],
    [
      `${write}loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n  stage.drop { }\n}`,
      6,
      3,
      'must contain at least one',
    ],
    [
      `${write}loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n  stage.regex { expression = "(a" }\n}`,
      6,
      30,
      'missing closing )',
    ],
    [
      `${write}loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n  stage.regex { expression = "(a)" }\n}`,
      6,
      3,
      'named capture group',
    ],
    [
      `${write}loki.process "p" {\n  forward_to = [loki.write.w.receivers]\n}`,
      5,
      30,
      'field "receivers" does not exist',
    ],
    [
      `${write}loki.relabel "r" {\n  forward_to = [loki.write.w.receiver]\n  rule { action = "nope" }\n}`,
      6,
      3,
      'unrecognized action type "nope"',
    ],
    [
      `${write}loki.relabel "r" {\n  forward_to = [loki.write.w.receiver]\n  rule { regex = "x" }\n}`,
      6,
      3,
      "requires 'target_label' value",
    ],
  ])('%j must be refused at %i:%i: %s', (source, line, column, message) => {
    const hooks = { store: () => undefined, dropped: () => undefined, tooLong: () => undefined, echo: () => undefined };
    const environment = { env: {}, hostname: 'box', os: 'linux', arch: 'amd64' };
    const result = load(Buffer.from(source), { file: 'c.alloy', environment, match: () => [], hooks });
    expect(result.ok).toBe(false);
    if (!result.ok) {
      expect(result.failure.message).toContain(message);
      expect(result.failure.place).toMatchObject({ file: 'c.alloy', line, column });
    }
  });

  it('must refuse a file that is not UTF-8', () => {
    expect(() => run(stages('// \ufffd'), [])).not.toThrow();
    const hooks = { store: () => undefined, dropped: () => undefined, tooLong: () => undefined, echo: () => undefined };
    const environment = { env: {}, hostname: 'box', os: 'linux', arch: 'amd64' };
    expect(load(Buffer.from([0x2f, 0x2f, 0xff]), { file: 'c', environment, match: () => [], hooks }).ok).toBe(false);
  });
});
