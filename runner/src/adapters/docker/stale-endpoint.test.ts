import { ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import type { Container } from './api.ts';
import { failureOfDocker } from './docker-failure.ts';
import { freeEndpoint, staleEndpoint } from './stale-endpoint.ts';

const place = { container: 'p-alloy-1', network: 'p_obs' };
const said = (container: string, network: string) =>
  failureOfDocker(
    ['compose', 'up'],
    'exit 1',
    `Container p-alloy-1  Starting\nError response from daemon: endpoint with name ${container} already exists in network ${network}\n`,
  );
const container = (Id: string, Running: boolean, project = 'p') =>
  ({
    Id,
    Name: '/p-alloy-1',
    State: { Running },
    Config: { Labels: { 'io.plumbline.project': project } },
  }) as unknown as Container;

async function freed(all: readonly Container[]) {
  const asked: string[] = [];
  const done = await freeEndpoint(place, all, 'p', async (args) => {
    asked.push(args.join(' '));
    return ok('');
  });
  expect(done.ok).toBe(true);
  return asked;
}

describe('the place of a container that is gone', () => {
  it('must be known by what docker says, in a network and under a name of this project alone', () => {
    expect(staleEndpoint(said('p-alloy-1', 'p_obs'), 'p')).toEqual(place);
    expect(staleEndpoint(said('q-alloy-1', 'p_obs'), 'p')).toBeUndefined();
    expect(staleEndpoint(said('p-alloy-1', 'bridge'), 'p')).toBeUndefined();
    expect(staleEndpoint(failureOfDocker(['compose', 'up'], 'exit 1', 'something else'), 'p')).toBeUndefined();
  });

  it('must be freed once nothing of that name is left, and never while it runs or is of somebody else', async () => {
    const disconnect = 'network disconnect --force p_obs p-alloy-1';
    expect(await freed([])).toEqual([disconnect]);
    expect(await freed([container('a', false)])).toEqual(['rm --force a', disconnect]);
    expect(await freed([container('a', true)])).toEqual([]);
    expect(await freed([container('a', false, 'q')])).toEqual([]);
  });
});
