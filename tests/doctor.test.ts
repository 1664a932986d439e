import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';

const program = join(import.meta.dirname, '../runner/dist/plumb.js');
let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

interface Told {
  readonly fit: boolean;
  readonly findings: readonly { id: string; verdict: string; says: string; mend?: string }[];
}

/** Asks the doctor with a PATH of its own: these programs and, where it is given, a `docker` of this text. */
async function doctor(tools: readonly string[], docker?: string, config = d.configFile) {
  const path = join(d.root, `bin ${tools.join('-')} ${docker === undefined ? 'no' : 'a'} docker`);
  if (!existsSync(path)) {
    mkdirSync(path);
    for (const tool of tools) symlinkSync(`/usr/bin/${tool}`, join(path, tool));
    if (docker !== undefined) writeFileSync(join(path, 'docker'), docker);
    if (docker !== undefined) chmodSync(join(path, 'docker'), 0o755);
  }
  const args = [program, 'doctor', '--json', '--config', config];
  const { code, stdout } = await ended(spawn(process.execPath, args, { env: { PATH: path }, cwd: d.root }));
  const told: Told = JSON.parse(stdout);
  return { code, told, of: (id: string) => told.findings.find((one) => one.id === id) };
}

describe('doctor', () => {
  it('must pass without docker where the engine is embedded, and change nothing', async () => {
    const { code, told, of } = await doctor(['flock']);
    expect([code, told.fit]).toEqual([0, true]);
    expect(of('flock')).toMatchObject({ verdict: 'ok', says: expect.stringMatching(/\d\.\d/) });
    expect(of('docker command')).toMatchObject({ verdict: 'missing', says: 'not on the PATH' });
    expect(existsSync(join(d.root, 'out'))).toBe(false);
  });

  it('must tell a broken environment as one finding, and go on with what this machine has', async () => {
    const whole = readFileSync(d.configFile, 'utf8');
    writeFileSync(d.configFile, whole.replace('"stack"', '"stac"'));
    const { code, told, of } = await doctor(['flock']);
    writeFileSync(d.configFile, whole);
    expect([code, told.fit]).toEqual([2, false]);
    expect(of('environment')).toMatchObject({
      verdict: 'missing',
      says: expect.stringMatching(/^E_CONFIG_UNKNOWN_KEY: unknown key "stac" .*bootstrap\.test\.json:\d+:\d+/),
      mend: `./plumb config lint ${d.configFile}`,
    });
    expect(of('flock')).toMatchObject({ verdict: 'ok' });
    expect((await doctor(['flock'])).of('environment')).toBeUndefined();
  });

  it('must refuse where what the engine needs is missing, and say how to get it', async () => {
    const { code, told, of } = await doctor([]);
    expect([code, told.fit]).toEqual([2, false]);
    expect(of('flock')).toMatchObject({ verdict: 'missing', mend: 'sudo apt-get install util-linux' });
  });

  it('must tell the version of a docker whose daemon does not answer, and that of one that does', async () => {
    const stopped = await doctor(
      ['flock'],
      '#!/bin/sh\n[ "$3" = "{{.Client.Version}}" ] && echo 28.1.0\necho no daemon >&2\nexit 1\n',
    );
    expect(stopped.of('docker command')).toMatchObject({ verdict: 'ok', says: '28.1.0' });
    expect(stopped.of('docker daemon')).toMatchObject({ verdict: 'missing', says: 'no daemon' });
    expect(stopped.code).toBe(0);
    const running = await doctor(['flock', 'env'], '#!/bin/sh\necho v2.40.1\n');
    expect(['daemon', 'compose'].map((part) => running.of(`docker ${part}`)?.verdict)).toEqual(['ok', 'ok']);
  });

  it('must name who holds a port, and the command that it gives must mend it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(d.ports.loki, '127.0.0.1', resolve));
    try {
      const { code, of } = await doctor(['flock']);
      expect(code).toBe(2);
      expect(of('ports')?.says).toContain(`loki needs 127.0.0.1:${d.ports.loki}, in use by`);
      const yaml = join(d.root, 'config/bootstrap.other.yaml');
      writeFileSync(yaml, `extends: test\nports:\n  loki: ${d.ports.loki}\n`);
      const other = await doctor(['flock'], undefined, yaml);
      expect(spawnSync('sh', ['-c', other.of('ports')?.mend ?? 'false']).status).toBe(0);
      expect(readFileSync(yaml, 'utf8')).not.toContain(`loki: ${d.ports.loki}\n`);
      expect(spawnSync('sh', ['-c', of('ports')?.mend ?? 'false']).status).toBe(0);
      expect((await doctor(['flock'])).code).toBe(0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('must say it in words, each finding with its command', async () => {
    const { code, stdout } = await d.plumb('doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^test, engine embedded: all that it needs is here\n\n {2}what +verdict +needed by +what it says\n/,
    );
    expect(stdout.match(/^ {2}\w[\w-]*( \w+)? +(missing|unknown) /gm)?.length ?? 0).toBe(
      stdout.match(/^ {6}mend: \S/gm)?.length ?? 0,
    );
  });

  it('must refuse an environment that there is not', async () => {
    const { code, stderr } = await ended(spawn(process.execPath, [program, 'doctor', '--env', 'nope']));
    expect(code).toBe(64);
    expect(stderr).toContain('E_CONFIG_UNKNOWN_ENVIRONMENT');
  });
});
