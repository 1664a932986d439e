import type { Deployment } from './deployment.ts';

/** Service -> its process or container, and when that started. */
export async function instances(d: Deployment): Promise<Readonly<Record<string, string>>> {
  const seen = await d.engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return Object.fromEntries(
    seen.value.map(({ service, instance, startedAt }) => [service, `${instance} ${startedAt}`]),
  );
}

/** Services that run as another process or container than before, or were started again since. */
export async function replacedSince(
  before: Readonly<Record<string, string>>,
  d: Deployment,
): Promise<readonly string[]> {
  const now = await instances(d);
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => before[name] !== now[name]);
}

/** Lines of the source `app` that the store gives back, oldest first. */
export async function stored(d: Deployment): Promise<readonly string[]> {
  const query = new URLSearchParams({ query: '{job="app"}', limit: '1000', direction: 'forward' });
  const answer = await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/query_range?${query}`);
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  return data.result.flatMap((stream) => stream.values.map(([, line]) => line));
}
