import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Artifact, contractPath, type RunRecord, type Summary } from '@plumbline/contracts';
import { expect } from 'vitest';
import type { Deployment, Ended } from './deployment.ts';

/** What a run must say that could not do what it was asked for. */
export interface Refusal {
  readonly exit: number;
  readonly code: string;
  /** What its place must contain. */
  readonly at?: string;
  readonly says?: RegExp;
}

/** One code, with its bucket, a hint and its place, the right exit code, and no stack trace. */
export function expectRefusal({ code: exit, stdout, stderr }: Ended, wanted: Refusal): void {
  const said = stdout + stderr;
  const codes = [...said.matchAll(/\b(E_[A-Z]+_[A-Z_]+) \(([a-z]+)\): /g)].map(
    ([, code, bucket]) => `${code} ${bucket}`,
  );
  expect([...new Set(codes)], said).toEqual([`${wanted.code} ${wanted.code.split('_')[1]?.toLowerCase()}`]);
  expect(said).toMatch(/^ +hint: \S/m);
  if (wanted.at !== undefined) expect(said).toMatch(placeOf(wanted.at));
  if (wanted.says !== undefined) expect(said).toMatch(wanted.says);
  expectNoTrace(said);
  expect(exit).toBe(wanted.exit);
}

export function expectNoTrace(said: string): void {
  expect(said).not.toMatch(/\n\s+at .*:\d+:\d+\)?$|node:internal|E_RUNTIME_UNEXPECTED/m);
}

function placeOf(text: string): RegExp {
  return new RegExp(`^ +at .*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'm');
}

/** Everything below a directory as one could see it changed: kinds, bytes, permissions, targets. Locks name who had them. */
export function tree(folder: string, { without = /^$/ }: { readonly without?: RegExp } = {}): Record<string, string> {
  const found: Record<string, string> = {};
  const look = (path: string) => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const below = path === '' ? name : `${path}/${name}`;
      if (name === '.lock' || without.test(below)) continue;
      const at = join(folder, below);
      const stat = lstatSync(at);
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isSymbolicLink()) found[below] = `-> ${readlinkSync(at)}`;
      else if (stat.isDirectory()) {
        found[below] = `directory ${mode}`;
        look(below);
      } else found[below] = `file ${mode} ${createHash('sha256').update(readFileSync(at)).digest('hex').slice(0, 12)}`;
    }
  };
  look('');
  return found;
}

/** What services write while they run, and who had a lock. */
export const LIVE = /^(volumes|logs|probe|supervisor\.log)(\/|$)|\.lock$/;

/** Service -> process id and start: another one where it was replaced. */
export async function instances({ engine }: Pick<Deployment, 'engine'>): Promise<Record<string, string>> {
  const seen = await engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return Object.fromEntries(seen.value.map((s) => [s.service, `${s.state} ${s.instance}`]));
}

/** The services whose process is not the one of before. */
export async function replacedSince(
  before: Readonly<Record<string, string>>,
  d: Deployment,
): Promise<readonly string[]> {
  const now = await instances(d);
  expect(Object.keys(now).sort()).toEqual(Object.keys(before).sort());
  return Object.keys(now).filter((service) => now[service] !== before[service]);
}

/** The artifact of the deployed generation, from where it is kept. */
export function deployedArtifact({ deployRoot }: Pick<Deployment, 'deployRoot'>): Artifact {
  return JSON.parse(readFileSync(join(deployRoot, 'current/artifact.json'), 'utf8'));
}

/** Every document under a folder is whole: JSON, or JSON a line. What is being written has another name. */
export function expectWhole(folder: string): void {
  for (const path of Object.keys(tree(folder, { without: /(^|\/)volumes\// }))) {
    const text = () => readFileSync(join(folder, path), 'utf8');
    if (path.endsWith('.json')) expect(() => JSON.parse(text()), path).not.toThrow();
    if (!path.endsWith('.jsonl')) continue;
    for (const line of text().split('\n')) expect(() => line === '' || JSON.parse(line), path).not.toThrow();
  }
}

/** The index of the runs, as it is chained. */
export function records(root: string): readonly RunRecord[] {
  return readFileSync(contractPath('output', 'index', join(root, 'out')), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunRecord);
}

/** The steps of a run with what became of them. */
export function steps({ steps: found }: Summary): Record<string, string> {
  return Object.fromEntries(found.filter((s) => s.cell_of === undefined).map((s) => [s.id, s.status]));
}
