import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as generated from '../contracts/src/generated/validators.js';
import { type StepManifest, taxonomy } from '../contracts/src/index.ts';

const validators = new Map<string, unknown>(Object.entries(generated));
const root = join(import.meta.dirname, '..');
const under = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

const steps = under('steps');
const manifests = steps.map((step) => ({ step, manifest: read(`${step}/step.json`) as StepManifest }));

/** Every data file of the repository, beside a change that its schema must refuse. */
const documents: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  [
    'contracts/error_taxonomy.json',
    'errorTaxonomy',
    { errors: { E_OTHER_X: { bucket: 'env', summary: '', hint: '' } } },
  ],
  ['contracts/filesystem_contract.json', 'filesystemContract', { deploy: { lock: 1 } }],
  ['contracts/execution_modes.json', 'executionModes', { ports: { files: { read: 'destroy' } } }],
  ...under('config')
    .filter((path) => /bootstrap\.[^/]*\.json$/.test(path) && !path.endsWith('.local.json'))
    .map((path) => [path, 'bootstrap', { engine: 'other' }] as const),
  ...under('config/pipelines').map((path) => [path, 'pipeline', { steps: [] }] as const),
  ...under('config/stacks').flatMap(
    (stack) =>
      [
        [`${stack}/stack.json`, 'stack', { services: {} }],
        [`${stack}/health_contract.json`, 'healthContract', { endpoints: [] }],
        [`${stack}/secrets_policy.json`, 'secretsPolicy', { replacement: '' }],
      ] as const,
  ),
  ...steps.map((step) => [`${step}/step.json`, 'step', { kind: 'other' }] as const),
];

describe('the data files of the repository', () => {
  it.each(documents)('must fit the schema: %s', (path, schema, spoiled) => {
    const validator = validators.get(schema) as (data: unknown) => boolean;
    const document = read(path) as object;
    expect(validator(document), JSON.stringify((validator as { errors?: unknown }).errors)).toBe(true);
    expect(validator({ ...document, ...spoiled })).toBe(false);
    expect(validator({ ...document, stranger: 1 })).toBe(false);
  });

  it('must name only services, stacks and pipelines by the file that they are in', () => {
    for (const path of under('config/pipelines'))
      expect(path).toBe(`config/pipelines/${(read(path) as { name: string }).name}.json`);
    for (const stack of under('config/stacks'))
      expect(stack).toBe(`config/stacks/${(read(`${stack}/stack.json`) as { name: string }).name}`);
    for (const { step, manifest } of manifests) expect(step).toBe(`steps/${manifest.name}`);
  });
});

describe('the error taxonomy', () => {
  it('must give every code the bucket of its name, a summary and a hint', () => {
    const bad = Object.entries(taxonomy.errors).filter(
      ([code, { bucket, summary, hint }]) =>
        code.split('_')[1]?.toLowerCase() !== bucket || summary.trim() === '' || hint.trim() === '',
    );
    expect(bad).toEqual([]);
  });

  it('must describe each of its buckets, and use each', () => {
    const used = new Set(Object.values(taxonomy.errors).map((entry) => entry.bucket));
    expect([...used].sort()).toEqual(Object.keys(taxonomy.buckets).sort());
  });
});

describe('the manifests of the steps', () => {
  it.each(manifests)('must name only codes of the taxonomy and schemas that there are: $step', ({ manifest }) => {
    expect(manifest.errors.filter((code) => !(code in taxonomy.errors))).toEqual([]);
    const schemas = [...manifest.inputs, ...manifest.outputs].map(({ schema }) =>
      schema.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(schemas.filter((schema) => !validators.has(schema))).toEqual([]);
  });

  it.each(manifests)('must list every code that the step raises itself: $step', ({ step, manifest }) => {
    const sources = readdirSync(join(root, step, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(root, step, 'src', name), 'utf8'));
    const raised = new Set(sources.flatMap((text) => text.match(/\bE_[A-Z]+_[A-Z_]+\b/g) ?? []));
    expect([...raised].filter((code) => !manifest.errors.includes(code))).toEqual([]);
  });
});
