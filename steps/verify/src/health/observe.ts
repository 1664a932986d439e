import type { Ports } from '@plumbline/contracts';
import type { HealthSeen } from './judge.ts';

/**
 * Asks every endpoint of the health contract, side by side, each until it holds or its tries are used up. Where one does
 * not hold, the engine is asked too: a service that ends again and again says why it does not answer.
 */
export async function observeHealth(
  { health, engine }: Pick<Ports, 'health' | 'engine'>,
  signal: AbortSignal,
  tries: number,
): Promise<HealthSeen> {
  const endpoints = await Promise.all(
    health.endpoints.map((endpoint) =>
      health.check(endpoint, { signal, tries: Math.min(tries, endpoint.retries + 1) }),
    ),
  );
  return endpoints.every(({ healthy }) => healthy) ? { endpoints } : { endpoints, running: await engine.observe() };
}
