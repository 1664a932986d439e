import type { Environment } from '@plumbline/contracts';

/** What the proof's lines must carry: the labels of the probe and of the environment, and the host's name, which is its own where the environment gives none. */
export function expectedLabels(config: Environment): Readonly<Record<string, string | null>> {
  return { ...config.stack.probe.labels, host: null, ...config.bootstrap.labels };
}

/** What is wrong with one stream's labels, in words. A `null` asks for any non-empty value. */
export function wrongLabels(
  actual: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string | null>>,
): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const found = actual[name];
    if (found === undefined || found === '') return [`${name} is missing`];
    return value === null || value === found ? [] : [`${name} is "${found}", not "${value}"`];
  });
}
