import type { EndpointHealth, HealthPort } from '@plumbline/contracts';

/** Asks every endpoint of the health contract, side by side, each until it holds or its tries are used up. */
export async function observeHealth(
  health: HealthPort,
  signal: AbortSignal,
  tries: number,
): Promise<readonly EndpointHealth[]> {
  return Promise.all(
    health.endpoints.map((endpoint) =>
      health.check(endpoint, { signal, tries: Math.min(tries, endpoint.retries + 1) }),
    ),
  );
}
