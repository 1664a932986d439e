import { pointerOf } from '@plumbline/formats/json-patch';
import { defaults } from '../lint/defaults.ts';
import { isObject } from '../lint/subject.ts';
import type { Config, Note } from './migration.ts';

/** Version 1 called services by their programs. */
const renamed: Readonly<Record<string, string>> = { node_exporter: 'host-monitor', cadvisor: 'docker-metrics' };
const HIGHEST = 65535;

/** `ports` and `image_pins` under the names of today, with what the stack needs besides. What is no object is kept. */
export function withServices(old: Config): { readonly config: Config; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const config: Record<string, unknown> = {};
  for (const section of ['ports', 'image_pins'] as const) {
    const given = old[section] === undefined ? {} : old[section];
    if (!isObject(given)) continue;
    const entries = Object.entries(given).map(([name, value]) => {
      const now = renamed[name];
      if (now === undefined || Object.hasOwn(given, now)) return [name, value] as const;
      const message = `${section}.${name} is ${section}.${now}`;
      notes.push({ kind: 'moved', pointer: pointerOf([section, name]), message });
      return [now, value] as const;
    });
    const values: Record<string, unknown> = Object.fromEntries(entries);
    for (const [service, shipped] of Object.entries(defaults[section])) {
      if (Object.hasOwn(values, service)) continue;
      values[service] = typeof shipped === 'number' ? unused(shipped, values) : shipped;
      const message = `${section}.${service} is ${JSON.stringify(values[service])}`;
      notes.push({ kind: 'filled', pointer: pointerOf([section, service]), message });
    }
    config[section] = values;
  }
  return { config, notes };
}

/** A port that no other service is given. */
function unused(port: number, given: Config): number {
  const taken = new Set(Object.values(given));
  let free = port;
  while (taken.has(free) && free < HIGHEST) free += 1;
  return free;
}
