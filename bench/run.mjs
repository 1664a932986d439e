// Prints a table of what Plumbline costs, beside what others cost for the same in the same minutes. No figure is
// asserted: machines differ. `node bench/run.mjs [--rounds N] [--no-stack]`
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeMakefile, writePipeline, writeWireit } from './graphs.mjs';
import { alternate, measure } from './measure.mjs';
import { stackProcesses } from './processes.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const node = process.execPath;
const plumb = join(root, 'runner/dist/plumb.js');
const option = process.argv.indexOf('--rounds');
const rounds = option < 0 ? 5 : Number(process.argv[option + 1]);
const STEPS = 1000;

const scratch = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
try {
  execFileSync(node, ['runner/build.mjs'], { cwd: root, stdio: 'inherit' });
  const program = await bundle();
  const project = makeProject();
  const rows = [
    ...(await startRows()),
    ...(await graphRows(project, program)),
    ...(await planRows(project, program)),
    ...(process.argv.includes('--no-stack') ? [] : await stackRows(project)),
  ];
  console.log(
    `Medians of ${rounds} alternating runs on ${cpus().length} cores of ${cpus()[0]?.model}, Node ${process.version}.\n`,
  );
  console.log(table(['what', 'median', 'least to most', 'ratio to', 'peak memory'], rows));
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
function makeProject() {
  const project = join(scratch, 'project');
  cpSync(join(root, 'config'), join(project, 'config'), { recursive: true });
  for (const count of [100, STEPS, 10_000]) writePipeline(join(project, 'config/pipelines'), `s${count}`, count);
  return { root: project, config: join(project, 'config/bootstrap.demo.json') };
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

/** The most memory that the CLI and each process of the stack held, from an `up` in a project of its own. */
async function stackRows(project) {
  const config = JSON.parse(readFileSync(project.config, 'utf8'));
  const first = 20_000 + (process.pid % 10_000);
  config.ports = Object.fromEntries(Object.keys(config.ports).map((name, n) => [name, first + n]));
  config.compose_project_name = 'plumbline-bench';
  config.sources = config.sources.filter((source) => source.name === 'varlog');
  writeFileSync(project.config, JSON.stringify(config));
  const verb = (name) => measure([node, plumb, name, '--quiet', '--config', project.config], { accept: [0, 1] });
  try {
    const up = await verb('up');
    const again = await verb('up');
    const stack = stackMemory(project, config.stack);
    return [
      ['plumb up, from nothing', time(up.ms), '', '', memory(up.kb)],
      ['plumb up, nothing to change', time(again.ms), '', '', memory(again.kb)],
      ...stack,
    ];
  } catch (thrown) {
    return [[`the stack was not measured: ${String(thrown.message).split('\n')[0].slice(0, 120)}`, '', '', '', '']];
  } finally {
    await verb('down').catch(() => undefined);
  }
}

/** Each process of the stack, and their sum: they need not have held the most at the same time. */
function stackMemory(project, name) {
  const file = join(project.root, 'config/stacks', name, 'stack.json');
  const services = Object.keys(JSON.parse(readFileSync(file, 'utf8')).services).length;
  const processes = stackProcesses(project.root);
  const standIns = processes.filter(({ name }) => name !== 'supervisor');
  if (standIns.length !== services) throw new Error(`${standIns.length} of ${services} stand-ins run`);
  const sum = processes.reduce((total, { kb }) => total + kb, 0);
  return [
    ...processes.map(({ name, kb }) => [name === 'supervisor' ? 'the supervisor' : `the stand-in ${name}`, kb]),
    [`the sum of these ${processes.length} processes`, sum],
  ].map(([name, kb]) => [name, '', '', '', memory(kb)]);
}

function rowsOf(figures, peer) {
  const base = figures.get(peer).median;
  return [...figures].map(([name, { median, least, most, kb }]) => [
    name,
    time(median),
    `${time(least)} to ${time(most)}`,
    name === peer ? '' : `${(median / base).toFixed(2)} × ${peer.split(',')[0]}`,
    memory(kb),
  ]);
}

function time(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function memory(kb) {
  return kb === undefined ? '' : `${(kb / 1024).toFixed(0)} MiB`;
}

function table(head, rows) {
  const widths = head.map((cell, n) => Math.max(cell.length, ...rows.map((row) => row[n].length)));
  const line = (cells) => `| ${cells.map((cell, n) => cell.padEnd(widths[n])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
