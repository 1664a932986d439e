// What a deployed stack costs: the time of `up`, whole and by stage, and the memory of every process.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn, measure, summed } from './measure.mjs';
import { stackProcesses } from './processes.mjs';
import { memory, ratio, row, time } from './table.mjs';

const UNCHANGED = 'plumb up, nothing to change';
const CHANGED = 'plumb up, one line changed';
const OUTSIDE = 'outside the stages';
/** The line of a template that is changed and changed back: a service reads it, and must be replaced. */
const LINE = {
  file: 'prometheus/prometheus.yml.j2',
  versions: ['  scrape_timeout: 10s\n', '  scrape_timeout: 9s\n'],
};
/** A stage's clock counts whole milliseconds: shorter ones are not compared. */
const COMPARABLE_MS = 10;

export const stackLegend = [
  `up: "from nothing" is measured once, the others in alternating rounds. "one line changed" is scrape_timeout of`,
  `  ${LINE.file}, 9s and 10s by turns: Prometheus is replaced, and nothing else.`,
  `stages: "of it" is the part of the whole, "the same unchanged" the same stage with nothing to change; below`,
  `  ${COMPARABLE_MS} ms they are not compared. "${OUTSIDE}" is what is left of the whole: the start of Node, the lock, the`,
  '  reading of the configuration, and the evidence.',
];

/** Deploys a project of its own, and takes it down again. */
export async function stackRows({ plumb, project, rounds }) {
  const stack = configure(project);
  const command = (name) => [process.execPath, plumb, name, '--json', '--quiet', '--config', project.config];
  const up = async (replaced) => {
    const { ms, kb, said } = await measure(command('up'), { accept: [0, 1, 2], listen: true });
    const summary = JSON.parse(said);
    check(summary, project, replaced);
    return { ms, kb, stages: stagesOf(ms, summary) };
  };
  try {
    const first = await up();
    const figures = await inTurn(
      {
        [CHANGED]: () => {
          changeLine(stack);
          return up(['prometheus']);
        },
        [UNCHANGED]: () => up([]),
      },
      rounds,
    );
    return [
      ['plumb up, from nothing', time(first.ms), '', '', memory(first.kb)],
      ...upRows(figures.get(UNCHANGED), figures.get(CHANGED), first),
      ...stackMemory(project, stack),
    ];
  } catch (thrown) {
    return [[`the stack was not measured: ${String(thrown.message).split('\n')[0].slice(0, 120)}`, '', '', '', '']];
  } finally {
    await measure(command('down'), { accept: [0, 1] }).catch(() => undefined);
  }
}

/** Ports, a name and sources that are no other deployment's; the folder of the stack. */
function configure(project) {
  const config = JSON.parse(readFileSync(project.config, 'utf8'));
  const first = 20_000 + (process.pid % 10_000);
  config.ports = Object.fromEntries(Object.keys(config.ports).map((name, n) => [name, first + n]));
  config.compose_project_name = 'plumbline-bench';
  config.sources = config.sources.filter((source) => source.name === 'varlog');
  writeFileSync(project.config, JSON.stringify(config));
  return join(project.root, 'config/stacks', config.stack);
}

function changeLine(stack) {
  const file = join(stack, 'templates', LINE.file);
  const text = readFileSync(file, 'utf8');
  const [one, other] = LINE.versions;
  const [from, to] = text.includes(one) ? [one, other] : [other, one];
  if (!text.includes(from)) throw new Error(`${LINE.file} has no line "${from.trim()}"`);
  writeFileSync(file, text.replace(from, to));
}

/** The time of an `up` that did something else than it is measured for would say nothing. */
function check(summary, project, expected) {
  const { status = 'refused', errors = [summary.error] } = summary;
  if (status !== 'green' && status !== 'warned') throw new Error(`up ended as ${status}: ${errors[0]?.message}`);
  const report = join(project.root, 'out/runs', summary.run_id, 'apply.report.json');
  const services = Object.entries(JSON.parse(readFileSync(report, 'utf8')).services);
  const changed = services.filter(([, { change }]) => change !== 'keep').map(([name]) => name);
  if (expected !== undefined && changed.join() !== expected.join())
    throw new Error(`up changed "${changed.join()}" instead of "${expected.join()}"`);
}

/** The milliseconds of each stage that ran. They run one after the other; cells are a part of their step. */
function stagesOf(ms, { steps }) {
  const ran = steps.filter((step) => step.cell_of === undefined && step.status !== 'skipped');
  const sum = ran.reduce((total, step) => total + step.duration_ms, 0);
  return { ...Object.fromEntries(ran.map((step) => [step.id, step.duration_ms])), [OUTSIDE]: ms - sum };
}

function upRows(unchanged, changed, first) {
  const whole = { unchanged: summed(unchanged), changed: summed(changed) };
  const stage = (figures, name) => summed(figures.map(({ stages }) => ({ ms: stages[name] })));
  const compared = (figure, base, peer) =>
    Math.min(figure.median, base.median) < COMPARABLE_MS ? '' : ratio(figure, base, peer);
  const stages = Object.keys(first.stages).map((name) => {
    const [before, after] = [stage(unchanged, name), stage(changed, name)];
    return {
      unchanged: row(`${UNCHANGED}: ${name}`, before, compared(before, whole.unchanged, 'of it')),
      changed: row(`${CHANGED}: ${name}`, after, compared(after, before, 'the same unchanged')),
    };
  });
  return [
    row(UNCHANGED, whole.unchanged, ratio(whole.unchanged, { median: first.ms }, 'from nothing')),
    ...stages.map((rows) => rows.unchanged),
    row(CHANGED, whole.changed, ratio(whole.changed, whole.unchanged, 'nothing to change')),
    ...stages.map((rows) => rows.changed),
  ];
}

/** Each process of the stack, and their sum: they need not have held the most at the same time. */
function stackMemory(project, stack) {
  const services = Object.keys(JSON.parse(readFileSync(join(stack, 'stack.json'), 'utf8')).services).length;
  const processes = stackProcesses(project.root);
  const standIns = processes.filter(({ name }) => name !== 'supervisor');
  if (standIns.length !== services) throw new Error(`${standIns.length} of ${services} stand-ins run`);
  const sum = processes.reduce((total, { kb }) => total + kb, 0);
  return [
    ...processes.map(({ name, kb }) => [name === 'supervisor' ? 'the supervisor' : `the stand-in ${name}`, kb]),
    [`the sum of these ${processes.length} processes`, sum],
  ].map(([name, kb]) => [name, '', '', '', memory(kb)]);
}
