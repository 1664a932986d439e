import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, memoryField } from './machine.ts';

/** What one control group has used; what could not be read is absent. */
export interface Usage {
  readonly id: string;
  readonly startedMs?: number;
  /** Seconds, by processor or as a `total`. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly cpuUser?: number;
  readonly cpuSystem?: number;
  readonly memory?: number;
  readonly workingSet?: number;
  readonly cache?: number;
  readonly rss?: number;
  readonly limit?: number;
}

/** A machine may have thousands of groups. */
const most = 200;
const docker = /\/(?:docker[/-])[0-9a-f]{12,64}(?:\.scope)?$/;

type Version = 1 | 2;

/** The root group and those below it, the nearest first; `dockerOnly` leaves out what Docker does not run. */
export function usages(
  machine: Machine,
  dockerOnly: boolean,
): { readonly found: readonly Usage[]; readonly cut: boolean } {
  const version: Version = existsSync(machine.sys('fs/cgroup/cgroup.controllers')) ? 2 : 1;
  const ids = groupIds(machine, version).filter((id) => id === '/' || !dockerOnly || docker.test(id));
  const found = ids.slice(0, most).map((id) => (version === 2 ? usageV2(machine, id) : usageV1(machine, id)));
  return {
    found: found.filter((u) => Object.keys(u.cpu).length > 0 || u.memory !== undefined),
    cut: ids.length > most,
  };
}

function roots(machine: Machine, version: Version): readonly string[] {
  if (version === 2) return [machine.sys('fs/cgroup')];
  return ['cpu,cpuacct', 'cpuacct', 'memory'].map((name) => machine.sys(`fs/cgroup/${name}`)).filter(existsSync);
}

/** Breadth first, so that a limit cuts off the deepest. */
function groupIds(machine: Machine, version: Version): readonly string[] {
  const ids = new Set<string>(['/']);
  for (const root of roots(machine, version)) {
    const open = ['/'];
    for (let id = open.shift(); id !== undefined && ids.size <= 10 * most; id = open.shift()) {
      for (const name of directories(join(root, id))) {
        const below = join(id, name);
        ids.add(below);
        open.push(below);
      }
    }
  }
  const depth = (id: string) => (id === '/' ? 0 : id.split('/').length);
  return [...ids].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

function directories(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function usageV2(machine: Machine, id: string): Usage {
  const place = join(machine.sys('fs/cgroup'), id);
  const cpu = fields(machine.read(join(place, 'cpu.stat')));
  const memory = fields(machine.read(join(place, 'memory.stat')));
  const seconds = (name: string) => scaled(cpu[name], 1e-6);
  const current = numberIn(machine.read(join(place, 'memory.current'))) ?? (id === '/' ? usedOf(machine) : undefined);
  const total = seconds('usage_usec');
  return usage(id, place, {
    cpu: total === undefined ? {} : { total },
    cpuUser: seconds('user_usec'),
    cpuSystem: seconds('system_usec'),
    memory: current,
    workingSet: working(current, memory.inactive_file),
    cache: memory.file,
    rss: memory.anon,
    limit: numberIn(machine.read(join(place, 'memory.max'))),
  });
}

function usageV1(machine: Machine, id: string): Usage {
  const cpuRoot = ['cpu,cpuacct', 'cpuacct'].map((name) => machine.sys(`fs/cgroup/${name}`)).find(existsSync) ?? '';
  const cpuPlace = join(cpuRoot, id);
  const place = join(machine.sys('fs/cgroup/memory'), id);
  const spent = fields(machine.read(join(cpuPlace, 'cpuacct.stat')));
  const memory = fields(machine.read(join(place, 'memory.stat')));
  const current = numberIn(machine.read(join(place, 'memory.usage_in_bytes')));
  const limit = numberIn(machine.read(join(place, 'memory.limit_in_bytes')));
  return usage(id, existsSync(place) ? place : cpuPlace, {
    cpu: perProcessor(machine, cpuPlace),
    cpuUser: scaled(spent.user, 0.01),
    cpuSystem: scaled(spent.system, 0.01),
    memory: current,
    workingSet: working(current, memory.total_inactive_file),
    cache: memory.total_cache,
    rss: memory.total_rss,
    // Near the end of the numbers the kernel means: none.
    limit: limit !== undefined && limit < 2 ** 62 ? limit : undefined,
  });
}

function perProcessor(machine: Machine, place: string): Readonly<Record<string, number>> {
  const each = (machine.read(join(place, 'cpuacct.usage_percpu')) ?? '').trim();
  if (each !== '') {
    const named = each.split(/\s+/).map((ns, n) => [`cpu${String(n).padStart(2, '0')}`, Number(ns) / 1e9] as const);
    return Object.fromEntries(named.filter(([, seconds]) => seconds > 0));
  }
  const total = scaled(numberIn(machine.read(join(place, 'cpuacct.usage'))), 1e-9);
  return total === undefined ? {} : { total };
}

type Readings = { readonly [K in Exclude<keyof Usage, 'id' | 'startedMs' | 'cpu'>]: number | undefined };

function usage(id: string, place: string, { cpu, ...rest }: Readings & Pick<Usage, 'cpu'>): Usage {
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const startedMs = changedAt(place);
  return { id, cpu, ...known, ...(startedMs === undefined ? {} : { startedMs }) };
}

function changedAt(place: string): number | undefined {
  try {
    return statSync(place).ctimeMs;
  } catch {
    return undefined;
  }
}

function usedOf(machine: Machine): number | undefined {
  const [total, free] = [memoryField(machine, 'MemTotal'), memoryField(machine, 'MemFree')];
  return total === undefined || free === undefined ? undefined : total - free;
}

function working(current: number | undefined, inactive: number | undefined): number | undefined {
  return current === undefined ? undefined : Math.max(0, current - (inactive ?? 0));
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function numberIn(text: string | undefined): number | undefined {
  return /^\d+\n?$/.test(text ?? '') ? Number(text) : undefined;
}

function fields(text: string | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...(text ?? '').matchAll(/^(\S+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}
