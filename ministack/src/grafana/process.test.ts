import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basic, buildProgram, goodFiles, makePlace, type Program, untilHealthy } from './testing.ts';

/** What docker gives a container before it kills it. */
const GRACE_MS = 10_000;

let program: Program;

beforeAll(async () => {
  program = await buildProgram('grafana');
});

afterAll(() => program.remove());

const passwordFile = { GF_SECURITY_ADMIN_PASSWORD__FILE: '/secrets/admin_password' };

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers });
  await response.text();
  return response.status;
}

test('the password of a mounted file must be that of a first start alone, and survive kill -9', async () => {
  const place = await makePlace(program, { ...goodFiles, 'secrets/admin_password': 'first-secret\n' });
  const first = place.start({ environment: passwordFile });
  await untilHealthy(place);
  expect(await status(`${place.url}/api/org`, basic('first-secret'))).toBe(200);
  expect(await status(`${place.url}/api/org`, basic('first-secret\n'))).toBe(401);
  first.process.kill('SIGKILL');
  await first.ended;

  place.write('secrets/admin_password', 'second-secret\n');
  const second = place.start({ environment: passwordFile });
  await untilHealthy(place);
  expect(await status(`${place.url}/api/org`, basic('second-secret'))).toBe(401);
  expect(await status(`${place.url}/api/org`, basic('first-secret'))).toBe(200);
  for (const text of [first.stderr(), second.stderr(), allText(join(place.directory, 'data'))]) {
    expect(text).not.toMatch(/(?:first|second)-secret|sentinel-secret/);
  }
});

test('a password that the user changes must replace the stored one for good', async () => {
  const place = await makePlace(program, { ...goodFiles, 'secrets/admin_password': 'first-secret' });
  const first = place.start({ environment: passwordFile });
  await untilHealthy(place);
  const change = (oldPassword: string, newPassword: string) =>
    fetch(`${place.url}/api/user/password`, {
      method: 'PUT',
      headers: { ...basic('first-secret'), 'content-type': 'application/json' },
      body: JSON.stringify({ oldPassword, newPassword, confirmNew: newPassword }),
    });
  expect((await change('wrong', 'third-secret')).status).toBe(401);
  expect((await change('first-secret', 'abc')).status).toBe(400);
  const done = await change('first-secret', 'third-secret');
  expect([done.status, await done.json()]).toEqual([200, { message: 'User password changed' }]);
  expect(await status(`${place.url}/api/org`, basic('first-secret'))).toBe(401);
  first.process.kill('SIGKILL');
  await first.ended;
  place.start({ environment: passwordFile });
  await untilHealthy(place);
  expect(await status(`${place.url}/api/org`, basic('third-secret'))).toBe(200);
});

test('a secret file that is not there must leave the default password, as in the image, and a line that says so', async () => {
  const place = await makePlace(program, goodFiles);
  const child = place.start({ environment: passwordFile });
  await untilHealthy(place);
  expect(await status(`${place.url}/api/org`, basic('admin'))).toBe(200);
  expect(child.stderr()).toContain('/run.sh: /secrets/admin_password: No such file or directory');
});

test('health must be bad when the database is taken away', async () => {
  const place = await makePlace(program, goodFiles);
  place.start();
  await untilHealthy(place);
  rmSync(join(place.directory, 'data/stand-in'), { recursive: true });
  const response = await fetch(`${place.url}/api/health`);
  expect([response.status, await response.json()]).toMatchObject([503, { database: 'failing' }]);
});

test('SIGTERM must end it within its grace with exit 0, an open connection notwithstanding', async () => {
  const place = await makePlace(program, goodFiles);
  const child = place.start();
  await untilHealthy(place);
  const began = Date.now();
  child.process.kill('SIGTERM');
  expect((await child.ended).code).toBe(0);
  expect(Date.now() - began).toBeLessThan(GRACE_MS);
});

test('a taken port must be one clear line and exit 1, and leave the database alone', async () => {
  const place = await makePlace(program, goodFiles);
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(place.port, '127.0.0.1', resolve));
  const { code, stderr } = await place.start().ended;
  holder.close();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `cannot listen on 127.0.0.1:${place.port}: listen EADDRINUSE: address already in use 127.0.0.1:${place.port}\n`,
  );
  expect(readdirSync(join(place.directory, 'data'))).toEqual(['plugins']);
});

test('a data directory that cannot be written must be one clear line and exit 1', async () => {
  const place = await makePlace(program, goodFiles);
  rmSync(join(place.directory, 'data'), { recursive: true });
  writeFileSync(join(place.directory, 'data'), 'a file in the way');
  const { code, stderr } = await place.start().ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^GF_PATHS_DATA='\/var\/lib\/grafana' is not writable: .+\n$/);
});

test('a database that is not whole must be one clear line and exit 1, and must not be made anew', async () => {
  const place = await makePlace(program, { ...goodFiles, 'data/stand-in/users.json': '{"version":1,"ad' });
  const { code, stderr } = await place.start().ended;
  expect(code).toBe(1);
  expect(stderr.trim().split('\n').at(-1)).toMatch(/users\.json cannot be read: it is not whole$/);
  expect(readFileSync(join(place.directory, 'data/stand-in/users.json'), 'utf8')).toBe('{"version":1,"ad');
});

function allText(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
