import { readFileSync } from 'node:fs';
import { hostPath, type World } from '../common/world.ts';

/** What a container sees of the machine: /proc is the machine's in every container, /sys where it is mounted. */
export interface Machine {
  /** The place of a path below /sys on this host. */
  sys(path: string): string;
  read(place: string): string | undefined;
  proc(path: string): string | undefined;
}

export function machineOf(world: World): Machine {
  const place = (path: string) => {
    const found = hostPath(world, path);
    return found.ok ? found.value : undefined;
  };
  const read = (path: string | undefined) => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  return {
    sys: (path) => place(`/sys/${path}`) ?? place(`/rootfs/sys/${path}`) ?? `/nonexistent/sys/${path}`,
    read,
    proc: (path) => read(place(`/proc/${path}`)) ?? read(place(`/rootfs/proc/${path}`)),
  };
}

/** A figure of /proc/meminfo in bytes. */
export function memoryField(machine: Machine, field: string): number | undefined {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(machine.proc('meminfo') ?? '')?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
