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
});
