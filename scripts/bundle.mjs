// Bundles the programs of one package into its dist, from sources alone: the packages of the workspace are
// source-first, so nothing else has to be built before.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// CommonJS dependencies call require(), which an ES module does not have.
const banner =
  "import { createRequire as plumblineCreateRequire } from 'node:module';\nconst require = plumblineCreateRequire(import.meta.url);";

/**
 * `programs` maps the name of each program to its source. With `split`, what a program imports lazily becomes a file
 * of its own, loaded when it is needed; without, each program is one file, so that one hash speaks for all of it.
 */
export async function bundle({ packageDir, programs, split }) {
  const builds = split ? [programs] : Object.entries(programs).map(([name, source]) => ({ [name]: source }));
  const results = await built(
    builds.map((entryPoints) =>
      build({
        entryPoints,
        // Paths in the output are relative to the checkout, so every checkout gives the same bytes.
        absWorkingDir: root,
        outdir: join(packageDir, 'dist'),
        write: false,
        bundle: true,
        splitting: split,
        // Beside the entry: import.meta.url means the same folder in each of them.
        chunkNames: '[name]-[hash]',
        format: 'esm',
        platform: 'node',
        // jsonc-parser's CommonJS build loads its parts by names that a bundler cannot see.
        mainFields: ['module', 'main'],
        // It finds files of its own beside itself, and is loaded only where there is a Docker daemon to speak to.
        external: ['dockerode'],
        target: 'node20',
        conditions: ['@plumbline/source'],
        banner: { js: banner },
        charset: 'utf8',
        legalComments: 'none',
        logLevel: 'warning',
      }),
    ),
  );
  if (results === undefined) return;
  writeOnly(
    join(packageDir, 'dist'),
    results.flatMap((result) => result.outputFiles),
  );
}

/** The results, or nothing when a source does not build: esbuild has then said what is wrong with it. */
async function built(builds) {
  try {
    return await Promise.all(builds);
  } catch (error) {
    if (error.errors === undefined) throw error;
    process.exitCode = 1;
    return undefined;
  }
}

/** Leaves exactly `files` in `dir`. Each is replaced whole, for a program that starts at the same time. */
function writeOnly(dir, files) {
  mkdirSync(dir, { recursive: true });
  for (const { path, contents } of files) {
    writeFileSync(`${path}.tmp`, contents);
    renameSync(`${path}.tmp`, path);
  }
  const wanted = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(dir)) {
    if (!wanted.has(name)) rmSync(join(dir, name), { recursive: true });
  }
}
