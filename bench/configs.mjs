// What it costs to load, lint and compile an environment of many services, beside reading the same files and no more.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, measure } from './measure.mjs';
import { rowsOf } from './table.mjs';

const COUNTS = [10, 100, 1000];
const FIRST_PORT = 20_000;

export const configLegend = [
  'configurations: an environment with so many services, each with an image, a port, an endpoint and a file of its own;',
  '  the peer is Node, reading and parsing the same environment, stack and health contract, and checking nothing.',
  '  load is `config show`, lint is `config lint`, compile is `step generate`: it renders, checks and hashes every file.',
];

/** `project` gives a new copy of the project by a name: its `root` and its `config`. */
export async function configRows({ plumb, project, rounds }) {
  const rows = [];
  for (const count of COUNTS) {
    const { root, config } = project(`services-${count}`);
    const documents = writeServices(root, config, count);
    const read = `for (const file of ${JSON.stringify(documents)}) JSON.parse(require('fs').readFileSync(file, 'utf8'))`;
    const peer = `JSON.parse alone, ${count} services`;
    const run = (...args) => measure([process.execPath, plumb, ...args, '--config', config], { accept: [0, 1] });
    const figures = await alternate(
      {
        [peer]: () => measure([process.execPath, '-e', read]),
        [`load, ${count} services`]: () => run('config', 'show', '--json'),
        [`lint, ${count} services`]: () => run('config', 'lint', '--json'),
        [`compile, ${count} services`]: () => run('step', 'generate', '--json'),
      },
      rounds,
    );
    rows.push(...rowsOf(figures, peer));
  }
  return rows;
}

/** Adds services to the stack of a project until it has so many; the paths of the documents that name them. */
function writeServices(root, config, count) {
  const stack = join(root, 'config/stacks/observability');
  const files = [config, join(stack, 'stack.json'), join(stack, 'health_contract.json')];
  const [environment, services, health] = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  const more = count - Object.keys(services.services).length;
  const names = Array.from({ length: more }, (_, n) => `extra-${n}`);
  for (const [n, name] of names.entries()) {
    environment.ports[name] = FIRST_PORT + n;
    environment.image_pins[name] = `example/${name}:1.0.0`;
    services.services[name] = {
      summary: 'one of many',
      config: { mount: '/etc/extra', files: [{ template: 'extra.yml.j2', path: 'extra.yml', format: 'yaml' }] },
      port: 8080,
      after: [],
      loaded: { method: 'none', reason: 'nothing runs here' },
    };
    health.endpoints.push({
      ...health.endpoints[0],
      id: `${name}-ready`,
      service: name,
    });
  }
  for (const [n, document] of [environment, services, health].entries())
    writeFileSync(files[n], JSON.stringify(document, null, 2));
  const templates = join(stack, 'templates');
  writeFileSync(join(templates, 'extra.yml.j2'), 'log_level: info\nretention: {{ limits.retention }}\n');
  const compose = join(templates, 'compose.yml.j2');
  const text = readFileSync(compose, 'utf8');
  writeFileSync(compose, text.replace('services:\n', `services:\n${names.map(composeService).join('')}`));
  return files;
}

function composeService(name) {
  const own = `services["${name}"]`;
  return `  ${name}:
    image: {{ ${own}.image }}
    restart: unless-stopped
    networks: [obs]
    ports:
      - host_ip: {{ bind_address }}
        published: "{{ ${own}.published }}"
        target: {{ ${own}.port }}
    volumes:
      - type: bind
        source: ./{{ ${own}.store }}
        target: /etc/extra
        read_only: true
        bind:
          create_host_path: false
    labels:
      io.plumbline.project: {{ project | yaml }}
      io.plumbline.service-hash: "{{ ${own}.service_hash }}"
`;
}
