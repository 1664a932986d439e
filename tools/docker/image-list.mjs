// The images of the tests. Where nothing real is to be had without a public registry, an image says in its name and in
// its labels that it is a stand-in. User, entry point and paths are those of the real images, so that one compose file
// starts either.
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'ministack/dist');
const debian = join(root, '.plumb/debian/usr/bin');
const node = '/usr/local/bin/node';

const directory = (path, uid, mode = 0o755) => ({ path, directory: true, uid, mode });
const program = (path, from) => ({ path, from, mode: 0o755 });

/** A Node program in place of a service. */
function standIn(name, { tag, user, shell = true, port, owns = [], cmd = [], env = {}, workdir }) {
  return {
    reference: `plumbline/stand-in-${name}:${tag}`,
    standIn: true,
    shell,
    programs: [process.execPath],
    files: [
      program(node, process.execPath),
      { path: `/stand-in/${name}.mjs`, from: join(dist, `${name}.js`), mode: 0o644 },
      ...owns.map((path) => directory(path, Number(user ?? 0))),
    ],
    defaults: name,
    config: {
      User: user ?? '',
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        `PLUMBLINE_WORLD=${JSON.stringify({ container: name })}`,
        ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
      ],
      Entrypoint: [node, `/stand-in/${name}.mjs`],
      Cmd: cmd,
      WorkingDir: workdir ?? '/',
      ExposedPorts: { [`${port}/tcp`]: {} },
    },
  };
}

/** A program of Debian's packages. */
function real(name, { binary, at, fixed = [], user, port, owns = [], cmd = [], workdir }) {
  return {
    reference: `plumbline/${name}:debian`,
    standIn: false,
    shell: true,
    programs: [join(debian, binary)],
    files: [program(at, join(debian, binary)), ...owns.map((path) => directory(path, Number(user)))],
    defaults: name,
    config: {
      User: user,
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Entrypoint: [at, ...fixed],
      Cmd: cmd,
      WorkingDir: workdir ?? '/',
      ExposedPorts: { [`${port}/tcp`]: {} },
    },
  };
}

/** `probeProgram`: the path of the static program that probe.c is built to. */
export function imageList(probeProgram) {
  return {
    probe: {
      reference: 'plumbline/probe:1',
      standIn: false,
      shell: false,
      programs: [],
      bare: true,
      files: [program('/probe', probeProgram)],
      config: { User: '65534', Entrypoint: ['/probe'], Cmd: [], WorkingDir: '/', ExposedPorts: { '8080/tcp': {} } },
    },
    loki: standIn('loki', {
      tag: '3.0.0',
      user: '10001',
      port: 3100,
      owns: ['/loki'],
      cmd: ['-config.file=/etc/loki/local-config.yaml'],
      shell: false,
    }),
    alloy: standIn('alloy', {
      tag: 'v1.2.1',
      port: 12345,
      owns: ['/var/lib/alloy', '/var/lib/alloy/data'],
      cmd: ['run', '/etc/alloy/config.alloy', '--storage.path=/var/lib/alloy/data'],
    }),
    grafana: standIn('grafana', {
      tag: '11.1.0',
      user: '472',
      port: 3000,
      owns: ['/var/lib/grafana', '/var/log/grafana', '/usr/share/grafana'],
      workdir: '/usr/share/grafana',
    }),
    cadvisor: standIn('cadvisor', { tag: 'v0.49.1', port: 8080, shell: false }),
    prometheus: real('prometheus', {
      binary: 'prometheus',
      at: '/bin/prometheus',
      user: '65534',
      port: 9090,
      owns: ['/prometheus'],
      workdir: '/prometheus',
      cmd: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
    }),
    'node-exporter': real('node-exporter', {
      binary: 'prometheus-node-exporter',
      at: '/bin/node_exporter',
      // Debian turns these on, and the real image does not.
      fixed: ['--no-collector.systemd', '--collector.textfile.directory='],
      user: '65534',
      port: 9100,
    }),
  };
}
