import { REDACTED } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import type { Container } from './api.ts';
import { withoutSecrets } from './without-secrets.ts';

const container = (Env: string[], Cmd: string[] = []) =>
  withoutSecrets({ Name: '/x', Args: Cmd, Config: { Env, Cmd, Image: 'i' } } as unknown as Container);

describe('withoutSecrets', () => {
  it.each([
    'GF_SECURITY_ADMIN_PASSWORD',
    'API_TOKEN',
    'aws_secret_access_key',
    'SSH_PRIVATE_KEY',
    'apikey',
    'SESSION_COOKIE',
    'BASIC_AUTH',
  ])('must hide the value of %s', (name) => {
    expect(container([`${name}=hunter2=x`]).Config.Env).toEqual([`${name}=${REDACTED}`]);
  });

  it.each([
    'PATH=/usr/bin',
    'GF_PATHS_PROVISIONING=/etc',
    'GF_SECURITY_ADMIN_PASSWORD__FILE=/run/secrets/x',
    'MONKEY=1',
    'API_TOKEN=',
    'EMPTY',
  ])('must leave %s as it is', (pair) => {
    expect(container([pair]).Config.Env).toEqual([pair]);
  });

  it('must hide options, and the password of an address', () => {
    const command = ['run', '--password=a', '--token', 'b', '--token-file', 'c', '--secret', '--url=http://u:pw@host/'];
    const hidden = ['run', `--password=${REDACTED}`, '--token', REDACTED, '--token-file', 'c', '--secret'];
    const shown = container([], command);
    expect(shown.Config.Cmd).toEqual([...hidden, `--url=http://u:${REDACTED}@host/`]);
    expect(shown.Args).toEqual(shown.Config.Cmd);
    expect(shown.Name).toBe('/x');
  });

  it('must hide them in the entry point, in the health check, and in what that printed', () => {
    const said = 'PASSWORD=hunter2 refused by http://u:hunter2@host/, state=bad';
    const shown = withoutSecrets({
      State: {
        Status: 'running',
        Health: { Status: 'unhealthy', FailingStreak: 1, Log: [{ ExitCode: 1, Output: said }] },
      },
      Config: {
        Entrypoint: ['/run', '--password=hunter2'],
        Cmd: ['sh', '-c', `A=1 PASSWORD=hunter2 run  --user=x\n--secret hunter2; TOKEN='hunter2 hunter2' run`],
        Healthcheck: { Test: ['CMD-SHELL', 'check --token=hunter2 --password hunter2 && TOKEN=hunter2 check'] },
      },
    } as unknown as Container);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.State).toMatchObject({ Status: 'running', Health: { FailingStreak: 1 } });
    expect(JSON.stringify(shown)).toContain('state=bad');
    expect(shown.Config.Cmd?.[2]).toBe(
      `A=1 PASSWORD=${REDACTED} run  --user=x\n--secret ${REDACTED} TOKEN=${REDACTED} run`,
    );
    expect(withoutSecrets({ Config: {} } as Container).State?.Health).toBeUndefined();
  });
});
