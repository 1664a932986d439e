import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pipeline } from '@plumbline/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';

// The pictures of the documents against what they are of.
let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** The first fenced block of a document after a text. */
function block(file: string, after: string): string {
  const text = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  const from = text.indexOf(after);
  const found = from < 0 ? null : /```\w*\n([\s\S]*?)```/.exec(text.slice(from));
  if (found === null) throw new Error(`${file} has no picture after "${after}"`);
  return found[1] as string;
}

/** `a ─▶ b` and `a ─┬─▶ b`, with the second branch of a fork, as pairs. */
function arrows(picture: string): readonly string[] {
  const [first = '', second = ''] = picture.split('\n');
  const chain = (line: string) => line.match(/[a-z]+/g) ?? [];
  const pairs = (names: readonly string[]) => names.slice(1).map((name, n) => `${names[n]} -> ${name}`);
  const fork = chain(first.slice(0, first.indexOf('┬'))).at(-1) as string;
  return [...pairs(chain(first)), ...pairs([fork, ...chain(second)])];
}

it('must show the pipeline up with every step and no other, and each arrow as the graph has it', () => {
  const picture = block('README.md', 'The pipeline `up`');
  const pipeline = JSON.parse(readFileSync(join(d.root, 'config/pipelines/up.json'), 'utf8')) as Pipeline;
  const shown = arrows(picture);
  expect([...new Set(shown.flatMap((arrow) => arrow.split(' -> ')))].sort()).toEqual(
    pipeline.steps.map((step) => step.id).sort(),
  );
  const waits = (id: string) => {
    const step = pipeline.steps.find((one) => one.id === id);
    return [...(step?.after ?? []), ...Object.values(step?.inputs ?? {}).map((input) => input.split('.')[0])];
  };
  // The two that the file does not spell: apply takes its artifact from the one step that makes it.
  const derived = ['generate -> apply'];
  expect(shown.filter((arrow) => !derived.includes(arrow))).toEqual(
    shown.filter((arrow) => {
      const [before, id] = arrow.split(' -> ') as [string, string];
      return waits(id).includes(before);
    }),
  );
});

it.each([
  ['README.md', 'What it leaves below the deploy root'],
  ['docs/recovery.md', '## What is on the host'],
])('must name in the picture of %s all that a deployment leaves, and nothing else', (file, after) => {
  const picture = block(file, after);
  const named = picture.split('\n').flatMap((line) => /^ {0,2}([\w.]+)\/?(?:, | {2,})/.exec(line)?.[1] ?? []);
  const beside = [...picture.matchAll(/(?:, |with )(\.?supervisor\.(?:log|lock))/g)].map((match) => match[1] as string);
  const left = readdirSync(d.deployRoot).filter((name) => !name.startsWith('.'));
  const shown = [...named, ...beside].filter((name) => !name.startsWith('.'));
  expect(shown.sort()).toEqual(left.sort());
});
