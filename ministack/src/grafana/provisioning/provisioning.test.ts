import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  basic,
  buildProgram,
  changed,
  goodFiles,
  makePlace,
  type Place,
  type Program,
  until,
  untilHealthy,
} from '../testing.ts';

let program: Program;

beforeAll(async () => {
  program = await buildProgram('grafana');
});

afterAll(() => program.remove());

const sources = 'etc/provisioning/datasources/stack.yml';
const providers = 'etc/provisioning/dashboards/stack.yml';

async function get(place: Place, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${place.url}${path}`, { headers: basic('admin') });
  return { status: response.status, body: await response.json() };
}

async function uids(place: Place): Promise<readonly string[]> {
  const { body } = await get(place, '/api/search?type=dash-db');
  return (body as { uid: string }[]).map(({ uid }) => uid).sort();
}

describe('what Grafana refuses to start with must end it with exit 1', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'data sources that are not YAML',
      changed(sources, 'uid: loki', 'uid: [loki'),
      'Datasource provisioning error: yaml: ',
    ],
    [
      'a data source twice',
      changed(sources, 'uid: prometheus', 'uid: loki'),
      'data source with the same uid already exists',
    ],
    [
      'two defaults',
      changed(sources, 'uid: loki', 'uid: loki\n    isDefault: true'),
      'Only one datasource per organization',
    ],
    ['a data source without a type', changed(sources, '    type: loki\n', ''), 'it has no type'],
    ['another organisation', changed(sources, 'uid: loki', 'uid: loki\n    orgId: 2'), 'org not found'],
    ['the old format', changed(sources, 'apiVersion: 1', 'apiVersion: 0'), 'apiVersion is not 1'],
    ['a list in place of a mapping', changed(sources, /^/, '- '), 'Datasource provisioning error'],
    ['providers that are not YAML', changed(providers, 'name: stack', 'name: "stack'), 'Failed to provision dashboard'],
    [
      'a provider without a path',
      changed(providers, '      path: /etc/grafana/dashboards\n', ''),
      'path param is not a string',
    ],
    [
      'a provider of another type',
      changed(providers, 'name: stack', 'name: stack\n    type: git'),
      'type git is not supported',
    ],
    [
      'one provider twice',
      changed(providers, /( {2}- name: stack[\s\S]*)/, '$1$1'),
      'dashboard name "stack" is not unique',
    ],
    [
      'folders from two sources',
      changed(providers, 'options:', 'options:\n      foldersFromFilesStructure: true'),
      "'folder' and 'folderUID' should be empty using 'foldersFromFilesStructure' option",
    ],
    ['an ini that does not parse', changed('etc/grafana.ini', '[server]', '[server'), 'unclosed section: [server'],
    ['a folder in place of a file', { ...goodFiles, 'etc/provisioning/datasources/x.yml/y': '' }, 'x.yml: EISDIR'],
    ['a port that is none', changed('etc/grafana.ini', '3000', '30000000'), 'server.http_port is not a port'],
    [
      'a port that the stack does not give',
      changed('etc/grafana.ini', '3000', '3001'),
      'not a port that the stack gives',
    ],
    ['https', changed('etc/grafana.ini', '3000', '3000\nprotocol = https'), 'protocol: https is not implemented'],
    [
      'another database',
      changed('etc/grafana.ini', '3000', '3000\n[database]\ntype = mysql'),
      'mysql is not implemented',
    ],
    ['a secret that is not there', changed('etc/grafana.ini', '3000', '$__file{/secrets/none}'), 'open /secrets/none'],
  ])('%s', async (_, files, message) => {
    const place = await makePlace(program, files);
    const { code, stderr } = await place.start().ended;
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toContain(message);
    expect(stderr).not.toContain('sentinel-secret');
  });

  test('a missing grafana.ini', async () => {
    const place = await makePlace(program, goodFiles);
    rmSync(join(place.directory, 'etc/grafana.ini'));
    const { code, stderr } = await place.start().ended;
    expect([code, stderr]).toEqual([
      1,
      'failed to parse "/etc/grafana/grafana.ini": open /etc/grafana/grafana.ini: no such file or directory\n',
    ]);
  });

  test('a password given in two ways', async () => {
    const place = await makePlace(program, { ...goodFiles, 'secrets/p': 'x' });
    const environment = { GF_SECURITY_ADMIN_PASSWORD: 'y', GF_SECURITY_ADMIN_PASSWORD__FILE: '/secrets/p' };
    const { code, stderr } = await place.start({ environment }).ended;
    expect([code, stderr]).toEqual([
      1,
      'ERROR: Both GF_SECURITY_ADMIN_PASSWORD and GF_SECURITY_ADMIN_PASSWORD__FILE are set (but are exclusive)\n',
    ]);
  });
});

describe('what Grafana overlooks must be a line in the log and no more', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'an unknown key',
      changed('etc/grafana.ini', 'http_port', 'http_prot = 1\nhttp_port'),
      'unknown key in the configuration',
    ],
    [
      'an unknown section',
      changed('etc/grafana.ini', '[server]', '[sever]\na = 1\n[server]'),
      'unknown section in the',
    ],
    ['an unknown key of a data source', changed(sources, 'uid: loki', 'uid: loki\n    urll: x'), 'key=urll'],
    [
      'an unknown key of a provider',
      changed(providers, 'name: stack', 'name: stack\n    folderUID: x'),
      'key=folderUID',
    ],
    [
      'a folder that is not there',
      changed(providers, 'grafana/dashboards', 'grafana/none'),
      'failed to search for dashboards',
    ],
    [
      'a dashboard that is not JSON',
      { ...goodFiles, 'etc/dashboards/bad.json': '{"uid": "bad"' },
      'file=/etc/grafana/dashboards/bad.json',
    ],
    [
      'a dashboard without a title',
      { ...goodFiles, 'etc/dashboards/bad.json': '{"uid": "bad"}' },
      'Dashboard title cannot be empty',
    ],
    [
      'a dashboard with a uid that is none',
      { ...goodFiles, 'etc/dashboards/bad.json': '{"uid":"a b","title":"x"}' },
      'uid contains illegal',
    ],
    ['a dashboard that is a list', { ...goodFiles, 'etc/dashboards/bad.json': '[]' }, 'not a JSON object'],
  ])('%s', async (what, files, line) => {
    const place = await makePlace(program, files);
    const child = place.start();
    await untilHealthy(place);
    expect(child.stderr()).toContain(line);
    expect(await uids(place)).toEqual(what === 'a folder that is not there' ? [] : ['one', 'two']);
  });
});

test('the keys of the stack’s own kind of configuration must not be called unknown', async () => {
  const place = await makePlace(program, {
    ...goodFiles,
    'etc/grafana.ini':
      '[server]\nhttp_port = 3000\n[auth.anonymous]\nenabled = false\n[plugin.x]\na = 1\n[feature_toggles]\nb = 1\n',
  });
  const child = place.start();
  await untilHealthy(place);
  expect(child.stderr()).not.toContain('unknown');
});

test('values must come from the environment where a file names it', async () => {
  const place = await makePlace(program, {
    ...changed(
      sources,
      'url: http://loki:3100',
      `url: http://$LOKI_HOST:\${LOKI_PORT}\n    jsonData: { field: "$\${__value.raw}" }`,
    ),
    'etc/grafana.ini':
      '[server]\nhttp_port = 9999\n[security]\nadmin_user = $__env{NIGHT}\nadmin_password = $__file{/secrets/p}\n',
    'secrets/p': ' watch-secret \n',
  });
  const environment = { GF_SERVER_HTTP_PORT: '3000', NIGHT: 'watch', LOKI_HOST: 'loki', LOKI_PORT: '3100' };
  place.start({ environment });
  await untilHealthy(place);
  const response = await fetch(`${place.url}/api/datasources/uid/loki`, { headers: basic('watch-secret', 'watch') });
  expect(await response.json()).toMatchObject({ url: 'http://loki:3100', jsonData: { field: `\${__value.raw}` } });
});

test('folders must come from the files where the provider says so, and hidden ones be left out', async () => {
  const text = (goodFiles[providers] ?? '').replace(/ {4}folder.*\n/g, '');
  const place = await makePlace(program, {
    ...goodFiles,
    [providers]: text.replace('options:', 'options:\n      foldersFromFilesStructure: true'),
    'etc/dashboards/night/three.json': '{"uid":"three","title":"Three"}',
    'etc/dashboards/.hidden/four.json': '{"uid":"four","title":"Four"}',
    'etc/dashboards/five.txt': '{"uid":"five","title":"Five"}',
  });
  place.start();
  await untilHealthy(place);
  expect(await uids(place)).toEqual(['one', 'three', 'two']);
  expect((await get(place, '/api/dashboards/uid/three')).body).toMatchObject({
    meta: { folderTitle: 'night', provisionedExternalId: 'night/three.json' },
  });
  expect((await get(place, '/api/dashboards/uid/one')).body).toMatchObject({ meta: { folderTitle: 'General' } });
});

test('a link to a file must be followed, and one to a folder not', async () => {
  const place = await makePlace(program, { ...goodFiles, 'etc/elsewhere/six.json': '{"uid":"six","title":"Six"}' });
  symlinkSync('../elsewhere/six.json', join(place.directory, 'etc/dashboards/link.json'));
  symlinkSync('..', join(place.directory, 'etc/dashboards/up'));
  symlinkSync('nowhere.json', join(place.directory, 'etc/dashboards/torn.json'));
  const child = place.start();
  await untilHealthy(place);
  expect(await uids(place)).toEqual(['one', 'six', 'two']);
  expect(child.stderr()).toContain('file=/etc/grafana/dashboards/torn.json error="the file cannot be read"');
});

test('a changed file must be taken, a broken one must leave what was there, and a missing one must take it away', async () => {
  const place = await makePlace(program, goodFiles);
  const child = place.start();
  await untilHealthy(place);
  place.write('etc/dashboards/one.json', '{"uid":"one","title":"Changed"}');
  await until('the change', async () => {
    const { body } = await get(place, '/api/dashboards/uid/one');
    return (body as { dashboard: { title: string; version: number } }).dashboard.version === 2 ? true : undefined;
  });
  place.write('etc/dashboards/one.json', '{"uid":"one",');
  await until('the fault', () => (child.stderr().includes('failed to load dashboard from') ? true : undefined));
  expect((await get(place, '/api/dashboards/uid/one')).body).toMatchObject({ dashboard: { title: 'Changed' } });
  rmSync(join(place.directory, 'etc/dashboards/one.json'));
  await until('the removal', async () =>
    (await get(place, '/api/dashboards/uid/one')).status === 404 ? true : undefined,
  );
  renameSync(join(place.directory, 'etc/dashboards'), join(place.directory, 'etc/gone'));
  await until('the fault', () => (child.stderr().includes('failed to search for dashboards') ? true : undefined));
  expect(await uids(place)).toEqual(['two']);
});

test('a uid used twice must be a warning and stop the provider from writing until it is used once', async () => {
  const place = await makePlace(program, { ...goodFiles, 'etc/dashboards/zwei.json': '{"uid":"two","title":"Zwei"}' });
  const child = place.start();
  await untilHealthy(place);
  expect(child.stderr()).toContain('the same UID is used more than once');
  expect(child.stderr()).toContain('no database write permissions because of duplicates');
  place.write('etc/dashboards/one.json', '{"uid":"one","title":"Changed"}');
  await until('the refusal', () => (child.stderr().includes('Not saving new dashboard') ? true : undefined));
  expect((await get(place, '/api/dashboards/uid/one')).body).toMatchObject({ dashboard: { title: 'Logs of hosts' } });
  rmSync(join(place.directory, 'etc/dashboards/zwei.json'));
  await until('the change', async () => {
    const { body } = await get(place, '/api/dashboards/uid/one');
    return (body as { dashboard: { title: string } }).dashboard.title === 'Changed' ? true : undefined;
  });
});
