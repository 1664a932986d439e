import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Artifact, ok, type Pipeline, type Result, readPayload } from '../../contracts/src/index.ts';
import { decodeText } from '../../formats/src/text.ts';
import { pipelineGraph } from '../../runner/src/cli/pipelines.ts';
import { loadEnvironment } from '../../runner/src/environment/load.ts';
import { fix } from '../../runner/src/lint/fix.ts';
import { lintConfig } from '../../runner/src/lint/lint-config.ts';
import { readSubject } from '../../runner/src/lint/subject.ts';
import { migrateConfig } from '../../runner/src/migrations/migrate-config.ts';
import { readInput } from '../../runner/src/run/resolve-input.ts';
import { makeArtifact, payload } from './artifact.ts';
import { demoEnvironment, stackFolder } from './environment.ts';
import { memoryFiles } from './files.ts';
import { makeWorld } from './lint.ts';

/** Something that reads a file which anybody may have written. */
export interface Loader {
  readonly name: string;
  readonly file: string;
  /** What the file may well say; it is accepted. */
  readonly corpus: readonly unknown[];
  load(bytes: Uint8Array): Promise<Result<unknown>>;
}

const root = join(import.meta.dirname, '../..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const { bootstrap } = demoEnvironment();
const config = '/repo/config';
const stack = `${config}/stacks/observability`;
const stackNames = ['stack.json', 'health_contract.json', 'secrets_policy.json'];
const { image_pins: _, ports: __, ...half } = bootstrap;

/** The files of an environment, one of them as given. */
function environmentWith(file: string, bytes: Uint8Array) {
  const files = memoryFiles({
    ...Object.fromEntries(
      stackNames.map((name) => [`${stack}/${name}`, readFileSync(join(stackFolder, name), 'utf8')]),
    ),
    [`${config}/bootstrap.demo.json`]: JSON.stringify(bootstrap),
    [`${config}/bootstrap.over.yaml`]: 'extends: demo\nports: {loki: 13999}\nlabels: {team: null}\n',
  });
  files.content.set(file, bytes);
  return files;
}

function ofEnvironment(name: string, file: string, corpus: readonly unknown[], asked = file): Loader {
  return { name, file, corpus, load: (bytes) => loadEnvironment({ file: asked }, environmentWith(file, bytes)) };
}

const environments: readonly Loader[] = [
  ofEnvironment('an environment', `${config}/bootstrap.fuzzed.json`, [bootstrap]),
  ofEnvironment('an environment of YAML', `${config}/bootstrap.fuzzed.yaml`, [bootstrap]),
  ofEnvironment('an overlay', `${config}/bootstrap.fuzzed.json`, [
    { extends: 'demo', ports: { loki: 13999 }, limits: null },
    { extends: './bootstrap.over.yaml', execution_mode: 'diagnose' },
  ]),
  ofEnvironment(
    'what an overlay extends',
    `${config}/bootstrap.demo.json`,
    [bootstrap, half],
    `${config}/bootstrap.over.yaml`,
  ),
  ...stackNames.map((name) =>
    ofEnvironment(
      `the ${name} of a stack`,
      `${stack}/${name}`,
      [json(`config/stacks/observability/${name}`)],
      `${config}/bootstrap.demo.json`,
    ),
  ),
];

const linted: Loader = {
  name: 'a configuration to be linted and mended',
  file: `${config}/bootstrap.fuzzed.json`,
  corpus: [bootstrap],
  async load(bytes) {
    const text = decodeText(bytes, linted.file);
    if (!text.ok) return text;
    const subject = readSubject(text.value, linted.file, makeWorld());
    if (!subject.ok) return subject;
    lintConfig(subject.value);
    return fix(subject.value, 'all');
  },
};

const migrated: Loader = {
  name: 'a configuration to be migrated',
  file: `${config}/bootstrap.fuzzed.json`,
  corpus: [bootstrap, json('runner/src/migrations/fixtures/seed-002.v1.json')],
  async load(bytes) {
    const text = decodeText(bytes, migrated.file);
    return text.ok ? migrateConfig(text.value, migrated.file) : text;
  },
};

const steps = readdirSync(join(root, 'steps'));

/** A document of a schema, as it is handed to a step from outside. */
function handedIn(name: string, schema: string, corpus: readonly unknown[], file = `/run/${schema}.json`): Loader {
  const load = async (bytes: Uint8Array) => {
    const files = memoryFiles(
      Object.fromEntries(Object.entries(payload).map(([at, text]) => [`/run/artifact/${at}`, text])),
    );
    files.content.set(file, bytes);
    const read = await readInput(file, schema, 'fuzzed', files);
    if (!read.ok || schema !== 'artifact') return read;
    return readPayload({ data: read.value.data as Artifact, path: file }, files);
  };
  return { name, file, corpus, load };
}

const documents: readonly Loader[] = [
  handedIn('an artifact', 'artifact', [makeArtifact()]),
  handedIn(
    'the manifest of a step',
    'step',
    steps.map((step) => json(`steps/${step}/step.json`)),
  ),
];

/** Pipelines are read from the disk: `end` removes them. */
function pipelines(): Loader & { end(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'plumb fuzz '));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'up.json');
  const demo = demoEnvironment();
  const environment = { ...demo, paths: { ...demo.paths, pipelines_dir: folder } };
  const graphOf = pipelineGraph('up');
  const own: Pick<Pipeline, 'steps'> = {
    steps: [
      { id: 'a', run: ['sh', '-c', 'true'], outputs: [{ name: 'x', file: 'x.json' }], effects: [] },
      {
        id: 'b',
        run: ['true'],
        inputs: { in: 'a.x' },
        matrix: { n: [1, 2] },
        with: { p: 'q' },
        after: ['a'],
        retries: 1,
      },
      { id: 'c', uses: 'cleanup', when: 'failure', supersedes: ['b'], after: ['b'] },
    ] as unknown as Pipeline['steps'],
  };
  const up = json('config/pipelines/up.json') as Pipeline;
  return {
    name: 'a pipeline',
    file,
    corpus: [up, { ...up, ...own }],
    async load(bytes) {
      writeFileSync(file, bytes);
      const graph = await graphOf({ environment, configSha256: '' });
      return graph.ok ? ok(graph.value.nodes.length) : graph;
    },
    end: () => rmSync(folder, { recursive: true }),
  };
}

/** Every loader of a file that a person may have written. */
export function loaders(): { readonly all: readonly Loader[]; end(): void } {
  const pipeline = pipelines();
  return { all: [...environments, linted, migrated, ...documents, pipeline], end: pipeline.end };
}
