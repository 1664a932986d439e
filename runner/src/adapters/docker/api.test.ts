import { ok } from '@plumbline/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApi } from './api.ts';

const before = process.env.DOCKER_CERT_PATH;
beforeEach(() => {
  process.env.DOCKER_CERT_PATH = '/no such folder';
});
afterEach(() => {
  if (before === undefined) delete process.env.DOCKER_CERT_PATH;
  else process.env.DOCKER_CERT_PATH = before;
});

it.each([
  ['that is none', 'tcp://:port'],
  ['of no known kind', 'npipe'],
  ['whose key cannot be read', 'https://127.0.0.1:2376'],
])('an address %s must be told as a daemon that cannot be reached, with what to look at', async (_, host) => {
  const api = createApi(async () => ok({ host, local: false }));
  expect(await api.version()).toMatchObject({
    failure: {
      code: 'E_RUNTIME_ENGINE_UNREACHABLE',
      message: expect.stringContaining(`the Docker daemon at ${host} cannot be spoken to: `),
      hint: expect.stringContaining('DOCKER_HOST'),
    },
  });
});
