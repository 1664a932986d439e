import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** For tests only: a stand-in as the program that the engine starts. */
export interface Program {
  readonly path: string;
  remove(): void;
}

/** Bundles a stand-in's main.ts into a directory of its own, as the build does. */
export async function buildProgram(name: string): Promise<Program> {
  const root = join(import.meta.dirname, '../../..');
  const directory = mkdtempSync(join(tmpdir(), `plumbline-${name}-program-`));
  const { bundle } = (await import(pathToFileURL(join(root, 'scripts/bundle.mjs')).href)) as {
    bundle(options: { packageDir: string; programs: Record<string, string>; split: boolean }): Promise<void>;
  };
  const programs = { [name]: join(root, `ministack/src/${name}/main.ts`) };
  await bundle({ packageDir: directory, programs, split: false });
  return {
    path: join(directory, `dist/${name}.js`),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
