import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '@plumbline/contracts';
import type { Deployment } from './deployment.ts';

/** A step of a pipeline file, as a user writes it. */
export type Step = Readonly<Record<string, unknown>>;

/** Writes a pipeline of a project, each step on a line of its own from line 5 on, and the scripts that its steps run. */
export function writePipeline(d: Deployment, name: string, steps: readonly Step[], more: Step = {}): void {
  cpSync(join(import.meta.dirname, '../fixtures/steps'), join(d.root, 'steps'), { recursive: true });
  const keys = Object.entries(more).map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  const lines = steps.map((step) => `    ${JSON.stringify(step)}`).join(',\n');
  const head = `{\n  "schema_version": "1",\n  "name": "${name}", "description": "a test",${keys.join('')}\n  "steps": [\n`;
  writeFileSync(join(d.root, `config/pipelines/${name}.json`), `${head}${lines}\n  ]\n}\n`);
}

/** A bash script as a step that changes nothing outside the run's folder. */
export const bash = (id: string, script: string, more: Step = {}): Step => ({
  id,
  run: ['bash', '-c', script],
  effects: [],
  ...more,
});

/** Each step of the newest run, and how it ended. */
export function statuses(summary: Summary): Readonly<Record<string, string>> {
  return Object.fromEntries(summary.steps.map((step) => [step.id, step.status]));
}

/** The folder of the newest run. */
export function newestRun(d: Deployment): string {
  return join(d.root, 'out/runs', readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string);
}

/** The events of the newest run. */
export function events(d: Deployment): readonly Readonly<Record<string, unknown>>[] {
  const text = readFileSync(join(newestRun(d), 'events.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
