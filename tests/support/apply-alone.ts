import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Deployment, Ended } from './deployment.ts';

/** Generates; the folder of that run, with the artifact in it. */
export async function generateAlone(d: Deployment): Promise<string> {
  const generated = await d.plumb('step', 'generate');
  expect(generated.code, generated.stderr).toBe(0);
  return join(d.root, 'out/runs', readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string);
}

/** Generates, and applies that: without preflight and without a proof. */
export async function applyAlone(d: Deployment): Promise<Ended> {
  return d.plumb('step', 'apply', '--input', `artifact=${join(await generateAlone(d), 'artifact.json')}`);
}
