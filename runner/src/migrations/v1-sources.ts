import { pointerOf } from '@plumbline/formats/json-patch';
import { textOf } from '@plumbline/formats/shown';
import { defaults } from '../lint/defaults.ts';
import { isObject } from '../lint/subject.ts';
import type { Config, Note } from './migration.ts';

/** The folders of logs that version 1 names among its paths: each is a source now. */
const roots = { logs_root: 'logs', telemetry_root: 'telemetry', vllm_root: 'vllm' } as const;
const patterns = ['*.log', '*/*.log', '*.jsonl', '*/*.jsonl'];

/** The sources of version 2, and that they were moved. Without any, the first of those that are shipped. */
export function sourcesOfRoots(map: unknown): { readonly sources: readonly Config[]; readonly notes: readonly Note[] } {
  const given = Object.entries(roots).flatMap(([name, source]) =>
    isObject(map) && typeof map[name] === 'string' ? [{ name, source, root: map[name] }] : [],
  );
  if (given.length === 0) {
    const source = defaults.sources[0] as Config;
    const message = `sources has the shipped "${textOf(source.name)}"`;
    return { sources: [source], notes: [{ kind: 'filled', pointer: '/sources', message }] };
  }
  return {
    sources: given.map(({ source, root }) => ({ name: source, root, patterns, labels: { job: source } })),
    notes: given.map(({ name, source }) => ({
      kind: 'moved',
      pointer: pointerOf(['path_map', name]),
      message: `path_map.${name} is the root of the source "${source}", which reads ${patterns.join(', ')}`,
    })),
  };
}

/** The paths without those that became sources. */
export function withoutRoots(map: Config): Config {
  return Object.fromEntries(
    Object.entries(map).filter(([name, value]) => !(Object.hasOwn(roots, name) && typeof value === 'string')),
  );
}
