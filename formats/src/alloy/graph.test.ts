import { describe, expect, it } from 'vitest';
import { blockName, buildGraph, parseAlloy, reachable, stages, unreachable } from '../alloy.ts';

const pipeline = `
logging { level = "info" }
local.file_match "varlog" { path_targets = [{"__path__" = "/var/log/*.log"}] }
loki.source.file "varlog" {
  targets    = local.file_match.varlog.targets
  forward_to = [loki.process.redact.receiver]
}
loki.process "redact" {
  forward_to = [loki.write.store.receiver]
  stage.drop { longer_than = "256KB" }
  stage.replace { expression = "password=(\\\\S+)" }
}
loki.write "store" { external_labels = { host = constants.hostname } }
`;

function graph(source: string) {
  const file = parseAlloy(source, 'config.alloy');
  if (!file.ok) throw new Error(file.failure.message);
  return buildGraph(file.value);
}

function built(source: string) {
  const result = graph(source);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

describe('buildGraph', () => {
  it('must link components, keep settings apart and order dependencies first', () => {
    const g = built(pipeline);
    expect(g.order).toEqual([
      'local.file_match.varlog',
      'loki.write.store',
      'loki.process.redact',
      'loki.source.file.varlog',
    ]);
    expect(g.settings.map(blockName)).toEqual(['logging']);
    expect(g.edges.map((e) => `${e.from}>${e.to}#${e.field}`)).toEqual([
      'loki.source.file.varlog>local.file_match.varlog#targets',
      'loki.source.file.varlog>loki.process.redact#receiver',
      'loki.process.redact>loki.write.store#receiver',
    ]);
    expect(stages(g.nodes.get('loki.process.redact')!).map(blockName)).toEqual(['stage.drop', 'stage.replace']);
  });

  it('must show that the store is reached through the redaction only, and see a way around it', () => {
    const g = built(pipeline);
    expect(reachable(g, 'local.file_match.varlog').has('loki.write.store')).toBe(true);
    expect(reachable(g, 'local.file_match.varlog', new Set(['loki.process.redact'])).has('loki.write.store')).toBe(
      false,
    );
    const leaky = built(
      pipeline.replace('[loki.process.redact.receiver]', '[loki.process.redact.receiver, loki.write.store.receiver]'),
    );
    expect(reachable(leaky, 'local.file_match.varlog', new Set(['loki.process.redact'])).has('loki.write.store')).toBe(
      true,
    );
  });

  it('must name the components that nothing comes to', () => {
    expect(unreachable(built(pipeline))).toEqual([]);
    const cut = built(pipeline.replace('[loki.process.redact.receiver]', '[]'));
    expect(unreachable(cut).map((n) => n.id)).toEqual(['loki.process.redact', 'loki.write.store']);
  });

  it.each([
    [
      pipeline.replace('loki.write.store.receiver', 'loki.write.stroe.receiver'),
      9,
      17,
      'component "loki.write.stroe.receiver" does not exist or is out of scope',
    ],
    [`${pipeline}loki.write "store" { }`, 14, 1, 'block loki.write.store already declared at config.alloy:13:1'],
    [`${pipeline}logging { }`, 14, 1, 'block logging already declared at config.alloy:2:1'],
    ['a.b "x" { y = a.b.z.out }\na.b "z" { y = a.b.x.out }', 1, 15, 'cycle: a.b.x -> a.b.z -> a.b.x'],
    ['a.b "x" { y = a.b.x.out }', 1, 15, 'cycle: a.b.x -> a.b.x'],
    ['x = 1', 1, 1, 'unrecognized attribute name "x"'],
  ])('%j must be refused at %i:%i: %s', (source, line, column, message) => {
    const result = graph(source);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.failure).toMatchObject({ message, place: { file: 'config.alloy', line, column } });
  });
});
