import type { Pipeline, StepManifest } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../tests/support/manifest.ts';
import { buildGraph, type Graph } from './graph.ts';

const manifests: Readonly<Record<string, StepManifest>> = {
  generate: manifest('generate', { gives: ['artifact'] }),
  apply: manifest('apply', { takes: ['artifact'], gives: ['provenance'] }),
  verify: manifest(
    'verify',
    { takes: ['provenance'] },
    {
      params: {
        levels: { type: 'strings', default: ['L1'], values: ['L1', 'L3'], purpose: 'x' },
        deep: { type: 'boolean', default: false, purpose: 'x' },
        tries: { type: 'integer', default: 3, purpose: 'x' },
        how: { type: 'string', default: 'fast', values: ['fast', 'slow'], purpose: 'x' },
      },
    },
  ),
  heal: manifest('heal', { takes: ['provenance'], optional: true }),
  left: manifest('left', { takes: ['a'], gives: ['b'] }),
  right: manifest('right', { takes: ['b'], gives: ['a'] }),
  look: {
    ...manifest('look', {}),
    inputs: [{ name: 'artifact', schema: 'artifact', required: true, deployed: true, purpose: 'x' }],
  },
  wrong: manifest('wrong', { gives: ['artifact:other'] }),
};

type Steps = readonly Readonly<Record<string, unknown>>[];

/** Builds a graph from a pipeline file that has each step on a line of its own, the first on line 6. */
function build(steps: Steps, inputs: readonly string[] = []) {
  const text = `{
"schema_version": "1",
"name": "up", "description": "x",
"inputs": ${JSON.stringify(inputs)},
"steps": [
${steps.map((step) => JSON.stringify(step)).join(',\n')}
]}`;
  const parsed = parseJson(text, 'up.json');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return buildGraph(parsed.value.value as Pipeline, manifests, (path) => parsed.value.place(path));
}

function graph(steps: Steps, inputs?: readonly string[]): Graph {
  const built = build(steps, inputs);
  if (!built.ok) throw new Error(built.failure.message);
  return built.value;
}

function problem(steps: Steps, inputs?: readonly string[]): string {
  const built = build(steps, inputs);
  if (built.ok) return 'accepted';
  const { code, message, place } = built.failure;
  const part = place?.pointer?.split('/').slice(0, 4).join('/');
  return `${code} ${place?.file}:${place?.line} ${part}: ${message}`;
}

const step = (id: string, uses = id, more: Readonly<Record<string, unknown>> = {}) => ({ id, uses, ...more });

describe('buildGraph', () => {
  it('must derive the edges from inputs and outputs, and order the steps by them', () => {
    const { pipeline, nodes } = graph([step('verify'), step('apply'), step('generate')]);
    expect(pipeline).toBe('up');
    expect(nodes.map((node) => `${node.id} after ${node.waitsFor}`)).toEqual([
      'generate after ',
      'apply after generate',
      'verify after apply',
    ]);
    expect(nodes[1]?.inputs).toEqual({ artifact: { from: 'step', step: 'generate', output: 'artifact' } });
  });

  it('must fill in what a step does not say', () => {
    const [plain, told] = graph([
      step('generate'),
      step('wrong', 'wrong', { when: 'always', retries: 2, timeout_s: 5 }),
    ]).nodes;
    expect(plain).toMatchObject({ when: 'success', retries: 0, timeoutS: 600, params: {}, inputs: {}, waitsFor: [] });
    expect(told).toMatchObject({ when: 'always', retries: 2, timeoutS: 5 });
  });

  it('must take an input from outside only where the pipeline declares it and no step produces it', () => {
    expect(graph([step('verify')], ['provenance']).nodes[0]).toMatchObject({
      inputs: { provenance: { from: 'outside' } },
      waitsFor: [],
    });
    const nodes = graph([step('generate'), step('apply')], ['artifact']).nodes;
    expect(nodes[1]?.inputs.artifact).toMatchObject({ from: 'step' });
  });

  it('must take what is deployed from outside, where the pipeline says so, though a step would produce another', () => {
    const [, look] = graph([step('generate'), step('look')], ['artifact']).nodes;
    expect(look).toMatchObject({ inputs: { artifact: { from: 'outside' } }, waitsFor: [] });
    expect(graph([step('generate'), step('look')]).nodes[1]?.waitsFor).toEqual(['generate']);
  });

  it('must leave an optional input unbound where nothing produces it', () => {
    expect(graph([step('heal')]).nodes[0]?.inputs).toEqual({});
    expect(graph([step('generate'), step('apply'), step('heal')]).nodes.at(-1)?.waitsFor).toEqual(['apply']);
  });

  it('must take the producer that is named where there are two', () => {
    const steps = [step('generate'), step('again', 'generate')];
    const named = graph([...steps, step('apply', 'apply', { inputs: { artifact: 'again.artifact' } })]);
    expect(named.nodes.at(-1)?.waitsFor).toEqual(['again']);
  });

  it.each([
    [
      [step('x', 'verfiy')],
      'E_CONFIG_UNKNOWN_STEP up.json:6 /steps/0/uses: "x" uses "verfiy", which is no step; did you mean "verify"?',
    ],
    [
      [step('a', 'generate'), step('a', 'heal')],
      'E_CONFIG_INVALID_VALUE up.json:7 /steps/1/id: two steps have the id "a"',
    ],
    [
      [step('apply')],
      'E_CONFIG_NO_PRODUCER up.json:6 /steps/0/inputs: "apply" needs artifact, which no step of the pipeline "up" produces',
    ],
    [[step('wrong'), step('apply')], 'E_CONFIG_NO_PRODUCER up.json:7 /steps/1/inputs: "apply" needs artifact'],
    [
      [step('generate'), step('again', 'generate'), step('apply')],
      'E_CONFIG_MANY_PRODUCERS up.json:8 /steps/2/inputs: "apply" needs artifact, and generate.artifact and again.artifact produce it',
    ],
    [
      [step('generate'), step('apply', 'apply', { inputs: { artifact: 'genrate.artifact' } })],
      'E_CONFIG_NO_PRODUCER up.json:7 /steps/1/inputs: "apply" takes artifact from "genrate.artifact", which no step produces; did you mean "generate.artifact"?',
    ],
    [
      [step('generate'), step('apply', 'apply', { inputs: { artefact: 'generate.artifact' } })],
      'E_CONFIG_UNKNOWN_KEY up.json:7 /steps/1/inputs: "apply" is given the input "artefact", which apply does not have; did you mean "artifact"?',
    ],
    [
      [step('generate'), step('left'), step('right')],
      'E_CONFIG_CYCLE up.json:7 /steps/1: steps wait for each other: left -> right -> left',
    ],
  ])('must refuse %j', (steps, expected) => {
    expect(problem(steps)).toContain(expected);
  });

  it('must not let a step produce its own input', () => {
    const own = { ...manifests, self: manifest('self', { takes: ['a'], gives: ['a'] }) };
    const pipeline = { schema_version: '1', name: 'p', description: 'x', steps: [step('self')] } as unknown as Pipeline;
    expect(buildGraph(pipeline, own, () => ({}))).toMatchObject({ failure: { code: 'E_CONFIG_NO_PRODUCER' } });
  });
});

describe('the params of a step', () => {
  const with_ = (params: Readonly<Record<string, unknown>>) => [step('verify', 'verify', { with: params })];

  it('must be what is given, and the default of the rest', () => {
    const given = { levels: ['L3'], deep: true, tries: 0, how: 'slow' };
    expect(graph(with_(given), ['provenance']).nodes[0]?.params).toEqual(given);
    expect(graph(with_({ deep: true }), ['provenance']).nodes[0]?.params).toEqual({
      levels: ['L1'],
      deep: true,
      tries: 3,
      how: 'fast',
    });
  });

  it.each([
    [
      { level: ['L1'] },
      'E_CONFIG_UNKNOWN_KEY up.json:6 /steps/0/with: verify has no param "level"; did you mean "levels"?',
    ],
    [
      { levels: ['L9'] },
      'E_CONFIG_INVALID_VALUE up.json:6 /steps/0/with: the param "levels" of verify is ["L9"]; it must be a list of L1, L3',
    ],
    [{ levels: [] }, 'it must be a list of'],
    [{ levels: 'L1' }, 'it must be a list of'],
    [{ deep: 'yes' }, 'it must be true or false'],
    [{ deep: null }, 'the param "deep" of verify is null; it must be true or false'],
    [{ tries: 1.5 }, 'it must be a whole number'],
    [{ how: 'other' }, 'it must be fast, slow'],
  ])('must be refused: %j', (params, expected) => {
    expect(problem(with_(params), ['provenance'])).toContain(expected);
  });
});
