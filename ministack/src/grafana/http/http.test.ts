import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  basic,
  buildProgram,
  changed,
  freePort,
  goodFiles,
  makePlace,
  type Place,
  type Program,
  untilHealthy,
} from '../testing.ts';

let program: Program;

beforeAll(async () => {
  program = await buildProgram('grafana');
});

afterAll(() => program.remove());

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A stand-in for a data source's server, for these tests only: it notes what it is asked and answers as told. */
async function dataSource(answer: (asked: Asked) => { readonly status?: number; readonly body?: string }) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.once('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      const made = answer(one);
      response.writeHead(made.status ?? 200, { 'content-type': 'application/json', 'x-plumbline-stand-in': 'test' });
      response.end(made.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const address = server.address();
  return { asked, host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` };
}

async function running(files = goodFiles, hosts: Record<string, string> = {}): Promise<Place & { log(): string }> {
  const place = await makePlace(program, files);
  const child = place.start({ hosts });
  await untilHealthy(place);
  return { ...place, log: () => child.stderr() };
}

async function ask(place: Place, path: string, init: RequestInit = { headers: basic('admin') }) {
  const response = await fetch(`${place.url}${path}`, { redirect: 'manual', ...init });
  const text = await response.text();
  const body: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, text, body };
}

const vector = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[4,"2"]}]}}';
const scalar = '{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}';

test('health must have the real keys, need no credentials, and say in its header that it is a stand-in’s', async () => {
  const place = await running();
  const { status, headers, text } = await ask(place, '/api/health', {});
  expect([status, headers.get('x-plumbline-stand-in')]).toEqual([200, 'grafana']);
  expect(text).toBe('{\n  "commit": "stand-in",\n  "database": "ok",\n  "version": "11.1.0"\n}');
});

describe('who is not who they say must be refused', () => {
  test('by the body that Grafana has for it', async () => {
    const place = await running();
    const none = await ask(place, '/api/search', {});
    expect([none.status, none.text]).toEqual([
      401,
      '{"extra":null,"message":"Unauthorized","messageId":"auth.unauthorized","statusCode":401,"traceID":""}\n',
    ]);
    const wrong = await ask(place, '/api/search', { headers: basic('nimda') });
    expect([wrong.status, wrong.body]).toMatchObject([
      401,
      { message: 'Invalid username or password', messageId: 'password-auth.failed', statusCode: 401 },
    ]);
    for (const headers of [basic('admin', 'other'), { authorization: 'Basic !!' }, { authorization: 'Bearer x' }]) {
      expect((await ask(place, '/api/org', { headers })).status).toBe(401);
    }
    expect((await ask(place, '/api/org', { headers: { cookie: 'grafana_session=0000' } })).status).toBe(401);
    expect((await ask(place, '/d/one', {})).headers.get('location')).toBe('/login');
    expect((await ask(place, '/api/org')).body).toMatchObject({ id: 1, name: 'Main Org.' });
    expect((await ask(place, '/api/org', { headers: basic('admin', 'ADMIN@localhost') })).status).toBe(200);
  });

  test('after five wrong passwords, whatever the sixth is', async () => {
    const place = await running();
    for (let n = 0; n < 5; n += 1) expect((await ask(place, '/api/org', { headers: basic('guess') })).status).toBe(401);
    expect((await ask(place, '/api/org')).status).toBe(401);
    expect(place.log()).toContain('login for user temporarily blocked');
  });

  test('unless the protection is off', async () => {
    const off = '3000\n[security]\ndisable_brute_force_login_protection = true';
    const place = await running(changed('etc/grafana.ini', '3000', off));
    for (let n = 0; n < 6; n += 1) expect((await ask(place, '/api/org', { headers: basic('guess') })).status).toBe(401);
    expect((await ask(place, '/api/org')).status).toBe(200);
  });
});

test('whoever is nobody must be let in as a viewer, where that is allowed, and see no data source’s settings', async () => {
  const place = await running(changed('etc/grafana.ini', '3000', '3000\n[auth.anonymous]\nenabled = true'));
  expect((await ask(place, '/api/search', {})).status).toBe(200);
  expect((await ask(place, '/api/dashboards/uid/one', {})).body).toMatchObject({ meta: { canSave: false } });
  expect((await ask(place, '/api/datasources', {})).status).toBe(403);
});

test('a login must give a cookie that lets in until logout', async () => {
  const place = await running();
  const login = (body: string) => ask(place, '/login', { method: 'POST', body });
  const done = await login('{"user":"admin","password":"admin"}');
  expect([done.status, done.body]).toEqual([200, { message: 'Logged in', redirectUrl: '/' }]);
  const cookie = done.headers.getSetCookie()[0] ?? '';
  expect(cookie).toMatch(/^grafana_session=[0-9a-f]{32}; HttpOnly; Path=\/; Max-Age=\d+; SameSite=Lax$/);
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  expect((await ask(place, '/api/user', { headers })).body).toMatchObject({ login: 'admin', isGrafanaAdmin: true });
  expect((await ask(place, '/logout', { headers })).status).toBe(302);
  expect((await ask(place, '/api/user', { headers })).status).toBe(401);
  const wrong = await login('{"user":"admin","password":"x"}');
  expect([wrong.status, wrong.text]).toEqual([
    401,
    '{"statusCode":401,"messageId":"password-auth.failed","message":"Invalid username or password"}',
  ]);
  for (const body of ['', '{', '[]', 'null', '{"user":"admin"}', '{"user":1,"password":2}']) {
    expect((await login(body)).body).toEqual({ message: 'bad login data' });
  }
});

test('dashboards must be found by title, tag and type, and be given by uid with what was provisioned', async () => {
  const place = await running();
  const titles = async (query: string) =>
    ((await ask(place, `/api/search?${query}`)).body as { title: string }[]).map(({ title }) => title);
  expect(await titles('')).toEqual(['Plumbline', 'Hosts', 'Logs of hosts']);
  expect(await titles('type=dash-db')).toEqual(['Hosts', 'Logs of hosts']);
  expect(await titles('type=dash-folder')).toEqual(['Plumbline']);
  expect(await titles('type=dash-db&query=LOGS')).toEqual(['Logs of hosts']);
  expect(await titles('tag=night&tag=logs')).toEqual(['Logs of hosts']);
  expect(await titles('tag=day')).toEqual([]);
  expect(await titles('type=dash-db&limit=1')).toEqual(['Hosts']);
  expect(await titles('type=dash-db&limit=1&page=2')).toEqual(['Logs of hosts']);
  expect((await ask(place, '/api/search?limit=5001')).status).toBe(422);
  expect((await ask(place, '/api/search?limit=many')).status).toBe(400);
  const found = (await ask(place, '/api/dashboards/uid/one')).body;
  expect(found).toMatchObject({
    meta: { provisioned: true, provisionedExternalId: 'one.json', folderTitle: 'Plumbline', folderUid: 'plumbline' },
    dashboard: { uid: 'one', title: 'Logs of hosts', tags: ['night', 'logs'], panels: [], version: 1 },
  });
  const none = await ask(place, '/api/dashboards/uid/three');
  expect([none.status, none.body]).toEqual([404, { message: 'Dashboard not found' }]);
  expect((await ask(place, '/api/folders')).body).toMatchObject([{ uid: 'plumbline', title: 'Plumbline' }]);
});

test('data sources must be given without their secrets', async () => {
  const place = await running();
  const list = await ask(place, '/api/datasources');
  expect((list.body as { uid: string }[]).map(({ uid }) => uid)).toEqual(['loki', 'prometheus']);
  const one = await ask(place, '/api/datasources/uid/prometheus');
  expect(one.body).toMatchObject({ isDefault: true, readOnly: true, secureJsonFields: { basicAuthPassword: true } });
  expect(list.text + one.text + place.log()).not.toContain('sentinel-secret');
  expect((await ask(place, '/api/datasources/uid/none')).body).toEqual({ message: 'Data source not found' });
});

describe('the health of a data source', () => {
  test('must be what its server answers to a sum', async () => {
    const loki = await dataSource(() => ({ body: vector }));
    const prometheus = await dataSource(() => ({ body: scalar }));
    const place = await running(goodFiles, { 'loki:3100': loki.host, 'prometheus:9090': prometheus.host });
    expect(await ask(place, '/api/datasources/uid/loki/health')).toMatchObject({
      status: 200,
      body: { message: 'Data source successfully connected.', status: 'OK' },
    });
    expect(loki.asked[0]?.url).toContain('query=vector%281%29%2Bvector%281%29');
    expect((await ask(place, '/api/datasources/uid/prometheus/health')).body).toEqual({
      message: 'Successfully queried the Prometheus API.',
      status: 'OK',
    });
    expect(prometheus.asked[0]).toMatchObject({ method: 'POST', url: '/api/v1/query', body: 'query=1%2B1&time=4' });
    expect(prometheus.asked[0]?.headers.authorization).toBe(basic('sentinel-secret-41', 'reader').authorization);
  });

  test.each([
    ['an error', { status: 500, body: vector }],
    ['no JSON', { body: 'ready' }],
    ['nothing', {}],
    ['another sum', { body: vector.replace('"2"', '"3"') }],
    ['a refusal in a success', { body: '{"status":"error","data":{"resultType":"vector","result":[]}}' }],
  ])('must be bad with %s', async (_, answer) => {
    const server = await dataSource(() => answer);
    const place = await running(goodFiles, { 'loki:3100': server.host, 'prometheus:9090': server.host });
    for (const uid of ['loki', 'prometheus']) {
      const { status, body } = await ask(place, `/api/datasources/uid/${uid}/health`);
      expect([status, body]).toMatchObject([400, { status: 'ERROR' }]);
    }
  });

  test('must be bad where nothing listens or no such host is on the network, and name no address of this host', async () => {
    const place = await running(goodFiles, { 'prometheus:9090': `127.0.0.1:${await freePort()}` });
    const { status, text } = await ask(place, '/api/datasources/uid/prometheus/health');
    expect([status, text]).toEqual([
      400,
      '{"message":"connect ECONNREFUSED - There was an error returned querying the Prometheus API.","status":"ERROR"}',
    ]);
    expect((await ask(place, '/api/datasources/uid/loki/health')).status).toBe(400);
    expect((await ask(place, '/api/datasources/uid/none/health')).status).toBe(404);
  });
});

describe('the data source proxy', () => {
  test('must pass a query on and its answer back, and keep the caller’s credentials here', async () => {
    const loki = await dataSource(({ url }) => ({
      status: url.includes('bad') ? 400 : 200,
      body: `{"asked":"${url}"}`,
    }));
    const place = await running(goodFiles, { 'loki:3100': loki.host });
    const headers = { ...basic('admin'), cookie: 'grafana_session=x', 'x-scope-orgid': 'fake' };
    const got = await ask(place, '/api/datasources/proxy/uid/loki/loki/api/v1/query?query=%7Ba%3D%22b%22%7D', {
      headers,
    });
    expect(got.body).toEqual({ asked: '/loki/api/v1/query?query=%7Ba%3D%22b%22%7D' });
    expect(got.headers.get('x-plumbline-stand-in')).toBe('grafana');
    expect(loki.asked[0]?.headers).toMatchObject({ 'x-scope-orgid': 'fake' });
    expect(loki.asked[0]?.headers).not.toHaveProperty('authorization');
    expect(loki.asked[0]?.headers).not.toHaveProperty('cookie');
    const posted = { method: 'POST', headers: basic('admin'), body: 'query=1' };
    expect((await ask(place, '/api/datasources/proxy/uid/loki/bad', posted)).status).toBe(400);
    expect(loki.asked[1]).toMatchObject({ method: 'POST', body: 'query=1' });
    expect((await ask(place, '/api/datasources/proxy/uid/none/x')).status).toBe(404);
    expect((await ask(place, '/api/datasources/proxy/uid/loki/x', {})).status).toBe(401);
    expect((await ask(place, '/api/datasources/proxy/uid/loki/%2e%2e%2fx')).status).toBe(200);
  });

  test('must refuse to change Prometheus, and say 502 where nobody answers', async () => {
    const prometheus = await dataSource(() => ({ body: scalar }));
    const place = await running(goodFiles, { 'prometheus:9090': prometheus.host });
    const to = (path: string, method: string) =>
      ask(place, `/api/datasources/proxy/uid/prometheus/${path}`, { method, headers: basic('admin') });
    expect((await to('api/v1/query', 'POST')).status).toBe(200);
    expect((await to('api/v1/admin/tsdb/delete_series', 'POST')).status).toBe(403);
    expect((await to('api/v1/rules', 'DELETE')).status).toBe(403);
    expect(prometheus.asked).toHaveLength(1);
    expect((await ask(place, '/api/datasources/proxy/uid/loki/ready')).status).toBe(502);
  });
});

test('what Grafana has and this has not must be said, and what it has not be not found', async () => {
  const place = await running();
  expect(await ask(place, '/api/ds/query', { method: 'POST', headers: basic('admin') })).toMatchObject({
    status: 501,
    body: { message: 'not implemented by this stand-in: POST /api/ds/query' },
  });
  expect((await ask(place, '/api/none', {})).body).toEqual({ message: 'Not found' });
  expect((await ask(place, '/login', {})).text).toContain('stand-in');
  const { text } = await ask(place, '/metrics', {});
  expect(text).toMatch(/^grafana_build_info\{edition="oss",stand_in="true",version="11.1.0"\} 1$/m);
  expect(text).toMatch(/^grafana_stat_totals_dashboard 2$/m);
  expect(text).toMatch(/^grafana_stat_totals_datasource\{plugin_id="loki"\} 1$/m);
});

test('a request that is malformed must be refused, and the next one answered', async () => {
  const place = await running();
  expect((await ask(place, '/api/dashboards/uid/%zz')).status).toBe(400);
  expect((await ask(place, '/api/search', { method: 'DELETE', headers: basic('admin') })).status).toBe(404);
  expect((await ask(place, '/login', { method: 'POST', body: 'x'.repeat(17 * 1024 * 1024) })).status).toBe(413);
  expect(await raw(place.port, 'GET / HTTP/9.9\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(place.port, `GET /api/health HTTP/1.1\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect((await ask(place, '/api/health', {})).status).toBe(200);
});

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      got += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(got));
  });
}
