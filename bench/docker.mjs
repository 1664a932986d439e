// What `up` costs on containers, beside `docker compose up` on the same project, in the same minutes.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inTurn, measure, summed } from './measure.mjs';
import { rowsOf, time } from './table.mjs';

const root = join(import.meta.dirname, '..');
const engine = join(root, 'tools/docker/engine.sh');
const LINE = 'max_label_names_per_series: ';

export const dockerLegend = [
  'containers: six, on a Docker engine of their own. The peer is `docker compose up --detach` with the very compose file',
  '  that Plumbline has rendered: it neither waits for a service to be ready nor asks one anything. "processes" are the',
  '  command itself and each docker, compose, flock and git that one such run starts. "one line changed" replaces Loki,',
  '  by turns by Plumbline and by compose.',
];

/** Deploys a project on an engine that is started in `folder`, and ends both. Says why where that cannot be. */
export async function dockerRows({ plumb, project, folder, rounds }) {
  mkdirSync(folder, { recursive: true });
  const started = spawnSync(engine, ['start', folder], { encoding: 'utf8' });
  if (started.status !== 0) return [[`containers were not measured: ${lastLine(started.stderr)}`, '', '', '', '']];
  const env = countingEnvironment(folder);
  try {
    configure(project, JSON.parse(run([process.execPath, join(root, 'tools/docker/images.mjs')], env)));
    return await measured({ plumb, project, env, rounds, counted: join(folder, 'started') });
  } finally {
    spawnSync(process.execPath, [plumb, 'down', '--volumes', '--config', project.config], {
      env: { ...process.env, ...env },
    });
    spawnSync(engine, ['stop', folder]);
  }
}

async function measured({ plumb, project, env, rounds, counted }) {
  const config = ['--config', project.config];
  const verb = (...args) =>
    measure([process.execPath, plumb, ...args, '--json', '--quiet', ...config], { env, accept: [0, 1] });
  const counting = (itself) => async (act) => {
    writeFileSync(counted, '');
    const figure = await act();
    return { ...figure, processes: itself + readFileSync(counted, 'utf8').length };
  };
  // `docker` is itself one of those that leave a mark.
  const [ours, theirs] = [counting(1), counting(0)];
  const template = join(project.root, 'config/stacks/observability/templates/loki/loki.yml.j2');
  const change = (n) =>
    writeFileSync(template, readFileSync(template, 'utf8').replace(/(max_label_names_per_series: )\d+/, `$1${n}`));
  const deployRoot = join(project.root, 'out/deploy/bench');
  const generation = () => join(deployRoot, readlinkSync(join(deployRoot, 'current')));
  const compose = (of) => {
    const files = ['--project-directory', deployRoot, '--file', join(of, 'artifact/compose.yml')];
    return measure(['docker', 'compose', ...files, '--env-file', join(of, 'secrets.env'), 'up', '--detach'], { env });
  };
  const first = await verb('up');
  const before = generation();
  change(14);
  await verb('up');
  const after = generation();
  if (before === after) throw new Error(`the line ${LINE} was not changed`);
  const unchanged = await inTurn(
    {
      'docker compose up, nothing to change': () => theirs(() => compose(after)),
      'plumb up on containers, nothing to change': () => ours(() => verb('up')),
      'plumb apply alone, nothing to change': () => ours(() => verb('step', 'apply')),
      'plumb preflight alone': () => ours(() => verb('step', 'preflight')),
      'plumb verify alone': () => ours(() => verb('verify')),
    },
    rounds,
  );
  const changed = await inTurn(
    {
      'docker compose up, one line changed': () => theirs(() => compose(before)),
      'plumb up on containers, one line changed': () => ours(() => verb('up')),
    },
    rounds,
  );
  return [
    ['plumb up on containers, from nothing', time(first.ms), '', '', ''],
    ...withCommands(unchanged, 'docker compose up, nothing to change'),
    ...withCommands(changed, 'docker compose up, one line changed'),
  ];
}

function withCommands(figures, peer) {
  const rows = rowsOf(new Map([...figures].map(([name, taken]) => [name, summed(taken)])), peer);
  return rows.map(([name, ...rest], n) => [`${name} (${[...figures.values()][n][0].processes} processes)`, ...rest]);
}

/** The client's variables, with programs first in PATH, and a plugin, that leave a mark for each time they are started. */
function countingEnvironment(folder) {
  const [bin, client] = [join(folder, 'counting/bin'), join(folder, 'counting/client')];
  const counting = (at, program) => {
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, `#!/bin/sh\nprintf . >>'${join(folder, 'started')}'\nexec '${program}' "$@"\n`);
    chmodSync(at, 0o755);
  };
  counting(join(bin, 'docker'), join(folder, 'bin/docker'));
  counting(join(client, 'cli-plugins/docker-compose'), join(folder, 'client/cli-plugins/docker-compose'));
  for (const name of ['flock', 'git']) counting(join(bin, name), run(['sh', '-c', `command -v ${name}`], {}).trim());
  return {
    DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`,
    DOCKER_CONFIG: client,
    PATH: `${bin}:${join(folder, 'bin')}:${process.env.PATH}`,
  };
}

function configure({ root: folder, config }, images) {
  const { loki, alloy, prometheus, grafana, cadvisor, 'node-exporter': exporter } = images;
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  writeFileSync(join(logs, 'app.log'), 'a line\n');
  const environment = JSON.parse(readFileSync(config, 'utf8'));
  Object.assign(environment, {
    engine: 'docker',
    compose_project_name: `plumbline-bench-${process.pid}`,
    image_pins: { loki, alloy, prometheus, grafana, 'docker-metrics': cadvisor, 'host-monitor': exporter },
    sources: [{ name: 'app', root: logs, patterns: ['*.log'], labels: { job: 'app' } }],
  });
  environment.path_map.deploy_root = 'out/deploy/bench';
  writeFileSync(config, JSON.stringify(environment));
}

function run([program, ...args], env) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}
