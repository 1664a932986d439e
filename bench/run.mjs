// Prints a table of what Plumbline costs, beside what others cost for the same in the same minutes. No figure is
// asserted: machines differ. `node bench/run.mjs [--rounds N] [--no-stack]`
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { configLegend, configRows } from './configs.mjs';
import { dockerLegend, dockerRows } from './docker.mjs';
import { writeMakefile, writePipeline, writeWireit } from './graphs.mjs';
import { hashingLegend, hashingRows } from './hashing.mjs';
import { alternate, measure } from './measure.mjs';
import { stackLegend, stackRows } from './stack.mjs';
import { rowsOf, table } from './table.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = process.execPath;
const plumb = join(root, 'runner/dist/plumb.js');
const option = process.argv.indexOf('--rounds');
const rounds = option < 0 ? 5 : Number(process.argv[option + 1]);
const stack = !process.argv.includes('--no-stack');
const STEPS = 1000;

const scratch = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
try {
  execFileSync(node, ['runner/build.mjs'], { cwd: root, stdio: 'inherit' });
  const program = await bundle();
  const graphs = makeGraphs();
  const rows = [
    ...(await startRows()),
    ...(await graphRows(graphs, program)),
    ...(await planRows(graphs, program)),
    ...(await configRows({ plumb, project: makeProject, rounds })),
    ...(await hashingRows({ plumb, program, folder: join(scratch, 'artifact'), rounds })),
    // A project without the graphs: preflight reads every pipeline.
    ...(stack ? await stackRows({ plumb, project: makeProject('stack'), rounds }) : []),
    ...(stack
      ? await dockerRows({ plumb, project: makeProject('docker'), folder: join(scratch, 'engine'), rounds })
      : []),
  ];
  console.log(
    `Medians of ${rounds} alternating runs on ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}.\n`,
  );
  console.log(table(['what', 'median', 'least to most', 'ratio to', 'peak memory'], rows));
  console.log(
    `\n${[...configLegend, ...hashingLegend, ...(stack ? [...stackLegend, ...dockerLegend] : [])].join('\n')}`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function bundle() {
  const outfile = join(scratch, 'in-process.mjs');
  await build({
    entryPoints: [join(root, 'bench/in-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@plumbline/source'],
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

/** A project folder beside this checkout's own, so that nothing is written here. */
function makeProject(name) {
  const project = join(scratch, name);
  cpSync(join(root, 'config'), join(project, 'config'), { recursive: true });
  return { root: project, config: join(project, 'config/bootstrap.demo.json') };
}

function makeGraphs() {
  const project = makeProject('graphs');
  for (const count of [100, STEPS, 10_000]) writePipeline(join(project.root, 'config/pipelines'), `s${count}`, count);
  return project;
}

async function startRows() {
  const figures = await alternate(
    { 'node -e 0': () => measure([node, '-e', '0']), 'plumb version': () => measure([node, plumb, 'version']) },
    Math.max(rounds, 5),
  );
  return rowsOf(figures, 'node -e 0');
}

async function graphRows(project, program) {
  const make = join(scratch, 'make');
  writeMakefile(make, STEPS);
  const wireit = join(scratch, 'wireit');
  writeWireit(wireit, STEPS);
  const wireitEnv = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    WIREIT_PARALLEL: '2',
    WIREIT_CACHE: 'none',
    WIREIT_LOGGER: 'quiet',
    npm_config_update_notifier: 'false',
  };
  const run = [node, plumb, 'run', `s${STEPS}`, '--quiet', '--concurrency', '2', '--config', project.config];
  let n = 0;
  const figures = await alternate(
    {
      [`make -j2, ${STEPS} commands`]: () => measure(['make', '-s', '-j2'], { cwd: make }),
      [`wireit, ${STEPS} commands, cold`]: () => {
        rmSync(join(wireit, '.wireit'), { recursive: true, force: true });
        return measure(['npm', 'run', '-s', 'all'], { cwd: wireit, env: wireitEnv });
      },
      [`plumb run, ${STEPS} commands, cold`]: () => measure(run),
      [`plumb, ${STEPS} steps in process`]: () => {
        n += 1;
        return measure([node, program, 'run', String(STEPS), join(scratch, `in-process-${n}`)]);
      },
    },
    rounds,
  );
  return rowsOf(figures, `wireit, ${STEPS} commands, cold`);
}

async function planRows(project, program) {
  const rows = [];
  for (const count of [100, STEPS, 10_000]) {
    const make = join(scratch, `make-${count}`);
    writeMakefile(make, count);
    const figures = await alternate(
      {
        [`make -n, ${count} commands`]: () => measure(['make', '-s', '-n', '-j2'], { cwd: make }),
        [`plumb plan, ${count} commands`]: () =>
          measure([node, plumb, 'plan', `s${count}`, '--config', project.config]),
        [`plumb, the graph of ${count} steps alone`]: () => inside(program, count),
      },
      rounds,
    );
    rows.push(...rowsOf(figures, `make -n, ${count} commands`));
  }
  return rows;
}

/** The time that the program took by its own clock: without the start of Node. */
async function inside(program, count) {
  const said = execFileSync('sh', ['-c', '"$0" "$1" plan "$2" 2>&1', node, program, String(count)], {
    encoding: 'utf8',
  });
  return { ms: Number(said.trim()) };
}
