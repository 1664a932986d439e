import { describe, expect, it } from 'vitest';
import { parseCompose } from './compose.ts';

const good = `name: demo
services:
  loki:
    image: grafana/loki:3.0.0
    command: ["-config.file=/etc/loki/loki.yml"]
    restart: unless-stopped
    networks: [obs]
    ports:
      - host_ip: 127.0.0.1
        published: "13100"
        target: 3100
    volumes:
      - type: bind
        source: ./store/loki
        target: /etc/loki
        read_only: true
        bind:
          create_host_path: false
      - type: volume
        source: loki-data
        target: /loki
    labels:
      io.plumbline.project: demo
networks:
  obs: {}
volumes:
  loki-data:
`;

describe('parseCompose', () => {
  it('must read the whole subset', () => {
    expect(parseCompose(good, 'c.yml')).toMatchObject({
      ok: true,
      value: {
        name: 'demo',
        volumes: ['loki-data'],
        services: {
          loki: {
            image: 'grafana/loki:3.0.0',
            command: ['-config.file=/etc/loki/loki.yml'],
            restart: 'unless-stopped',
            environment: {},
            uts: undefined,
            ports: [{ hostIp: '127.0.0.1', published: 13100, target: 3100 }],
            volumes: [
              { type: 'bind', source: './store/loki', target: '/etc/loki', readOnly: true },
              { type: 'volume', source: 'loki-data', target: '/loki', readOnly: false },
            ],
            labels: { 'io.plumbline.project': 'demo' },
          },
        },
      },
    });
  });

  it('must accept labels of networks and volumes', () => {
    const text = good
      .replace('  obs: {}', '  obs: {labels: {a: b}}')
      .replace('  loki-data:\n', '  loki-data: {labels: {a: b}}\n');
    expect(parseCompose(text, 'c.yml')).toMatchObject({ ok: true, value: { volumes: ['loki-data'] } });
  });

  it('must do without what a service may leave out', () => {
    const read = parseCompose('name: demo\nservices:\n  a:\n    image: a:1\n', 'c.yml');
    expect(read).toMatchObject({ ok: true, value: { volumes: [], services: { a: { restart: 'no', ports: [] } } } });
  });

  /** What compose reads as a variable. */
  const braced = (inside: string) => `\${${inside}}`;
  const versioned = good
    .replace('./store/loki', () => `./secrets/${braced('A_SECRET:?no version')}`)
    .replace('target: /loki\n', () => 'target: /lo$$ki\n');
  const source = (read: ReturnType<typeof parseCompose>) =>
    read.ok
      ? read.value.services.loki?.volumes.map((volume) => `${volume.source} ${volume.target}`)
      : read.failure.message;

  it('must put the value of a variable in its place, and one dollar in that of two', () => {
    expect(source(parseCompose(versioned, 'c.yml', { A_SECRET: 'a1' }))).toEqual([
      './secrets/a1 /etc/loki',
      'loki-data /lo$ki',
    ]);
    expect(source(parseCompose(versioned, 'c.yml'))).toEqual([
      `./secrets/${braced('A_SECRET:?no version')} /etc/loki`,
      'loki-data /lo$ki',
    ]);
  });

  it.each([{}, { A_SECRET: '' }, { OTHER: 'a1' }])(
    'must start nothing with %j, which gives the variable no value',
    (given) => {
      expect(source(parseCompose(versioned, 'c.yml', given))).toBe(
        '"services.loki.volumes.0.source" needs a value of A_SECRET: no version',
      );
    },
  );

  const others = ['A_SECRET', 'A_SECRET:-a1', 'A_SECRET-', 'a:?x'].map(braced);
  it.each(['$A_SECRET', 'a$', ...others])('must refuse %s, which compose would read in a way of its own', (text) => {
    const read = parseCompose(good.replace('./store/loki', `./store/${text}`), 'c.yml', { A_SECRET: 'a1' });
    expect(source(read)).toContain('"services.loki.volumes.0.source" has a "$"');
  });

  const refused: readonly (readonly [string, string, string, string])[] = [
    // what is changed, into what, where it is found, what is said
    ['    networks: [obs]', '    depends_on: [x]', '7:5', '"services.loki.depends_on" is not done'],
    ['    networks: [obs]', '    build: .', '7:5', '"services.loki.build" is not done'],
    ['    networks: [obs]', '    networks: [other]', '7:16', 'names the network other, which is not declared'],
    ['    networks: [obs]', '    networks: {obs: {}}', '7:5', '"services.loki.networks" must be a list'],
    ['      - host_ip: 127.0.0.1', '      - "80:80"\n      - host_ip: 127.0.0.1', '9:9', 'ports.0" must be a mapping'],
    ['      - host_ip: 127.0.0.1\n        ', '      - ', '9:9', 'ports.0.host_ip" must be a non-empty string'],
    ['"13100"', '"80-90"', '10:9', 'published" must be a port from 1 to 65535'],
    ['"13100"', '0', '10:9', 'must be a port'],
    ['"13100"', '65536', '10:9', 'must be a port'],
    ['"13100"', 'true', '10:9', 'must be a port'],
    ['"13100"', '"0x50"', '10:9', 'must be a port'],
    ['target: 3100', 'target: 31.5', '11:9', 'must be a port'],
    ['target: 3100', 'target: 3100\n        protocol: udp', '12:9', '"services.loki.ports.0.protocol" is not done'],
    ['      - type: bind', '      - ./a:/b\n      - type: bind', '13:9', 'volumes.0" must be a mapping'],
    ['type: bind', 'type: tmpfs', '13:9', 'is tmpfs; only bind and volume are done'],
    ['read_only: true', 'read_only: "yes"', '16:9', 'must be true or false'],
    ['          create_host_path: false', '          create_host_path: true', '13:9', 'create_host_path: false'],
    ['        bind:\n          create_host_path: false\n', '', '13:9', 'must say bind.create_host_path: false'],
    ['create_host_path: false', 'propagation: shared', '18:11', 'bind.propagation" is not done'],
    ['source: loki-data', 'source: other', '20:9', 'names the volume other, which is not declared'],
    ['target: /loki\n', 'target: /loki\n        bind: {create_host_path: false}\n', '22:9', 'is given to a volume'],
    ['unless-stopped', 'always', '6:5', 'is always; only "no" and "unless-stopped" are done'],
    ['["-config.file=/etc/loki/loki.yml"]', '-config.file=x', '5:5', 'command" must be a list'],
    ['["-config.file=/etc/loki/loki.yml"]', '[run, 1]', '5:20', 'command.1" must be a non-empty string'],
    ['project: demo', 'project: 5', '23:7', 'must be a non-empty string'],
    ['    image: grafana/loki:3.0.0\n', '', '3:3', '"services.loki.image" must be a non-empty string'],
    ['  loki-data:\n', '  loki-data: {external: true}\n', '27:15', '"volumes.loki-data.external" is not done'],
    ['  obs: {}\n', '  obs: {driver: host}\n', '25:9', '"networks.obs.driver" is not done'],
    ['  obs: {}\n', '  obs: {labels: {a: 1}}\n', '25:18', '"networks.obs.labels.a" must be a non-empty string'],
    ['name: demo', 'name: 5', '1:1', '"name" must be a non-empty string'],
    ['name: demo', 'secrets: {}\nname: demo', '1:1', '"secrets" is not done'],
    [good, 'services: [', '1:12', ''],
    [good, '- a', '1:1', 'the compose file must be a mapping'],
    [good, 'name: a', '1:1', '"services" must be a mapping'],
  ];
  it.each(refused)('must refuse %j -> %j at %s', (from, to, at, message) => {
    expect(good).toContain(from);
    const read = parseCompose(good.replace(from, to), 'c.yml');
    if (read.ok) throw new Error('it was accepted');
    const { code, place } = read.failure;
    expect(code).toBe(message === '' ? 'E_CONFIG_PARSE' : 'E_CONFIG_COMPOSE_UNSUPPORTED');
    expect(read.failure.message).toContain(message);
    expect(`${place?.file}:${place?.line}:${place?.column}`).toBe(`c.yml:${at}`);
  });
});
