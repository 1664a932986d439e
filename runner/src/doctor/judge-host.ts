import type { Listener, Result } from '@plumbline/contracts';
import type { Finding, Place, Seen, Wanted } from './seen.ts';

const MEGABYTE = 1024 * 1024;
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const LAST_PORT = 65_535;

/** How much will be needed is a guess, so nothing depends on it: preflight warns, too. */
export function judgeSpace(free: Result<number>, leastMb: number): Finding {
  return amount('disk', free, leastMb, 'sudo apt-get clean');
}

export function judgeMemory(free: Result<number>, leastMb: number): Finding {
  return amount('memory', free, leastMb, 'ps -eo rss,pid,comm --sort=-rss | head');
}

function amount(id: string, free: Result<number>, leastMb: number, mend: string): Finding {
  if (!free.ok) return { id, verdict: 'unknown', needed_by: [], says: free.failure.message };
  const says = `${Math.floor(free.value / MEGABYTE)} MB are free`;
  if (free.value >= leastMb * MEGABYTE) return { id, verdict: 'ok', needed_by: [], says };
  return { id, verdict: 'missing', needed_by: [], says: `only ${says}; a run wants ${leastMb}`, mend };
}

/** Every port of the environment is free, or held by its own services. The first that is not is mended first. */
export function judgePorts({ listeners, own }: Seen, wanted: Wanted, needed_by: readonly string[]): Finding {
  const id = 'ports';
  if (!listeners.ok) return { id, verdict: 'unknown', needed_by, says: listeners.failure.message };
  if (!own.ok) return { id, verdict: 'unknown', needed_by, says: own.failure.message };
  const bound = wanted.bindAddress;
  const reached = listeners.value.filter(({ host }) => host === bound || EVERYWHERE.has(host) || EVERYWHERE.has(bound));
  const taken = Object.entries(wanted.ports).flatMap(([service, port]) => {
    const other = reached.find((listener) => listener.port === port);
    return other === undefined || own.value.has(port) ? [] : [{ service, port, other }];
  });
  const [first] = taken;
  const count = Object.keys(wanted.ports).length;
  if (first === undefined) return { id, verdict: 'ok', needed_by, says: `${count} ports are free or our own` };
  const says = taken
    .map(({ service, port, other }) => `${service} needs ${bound}:${port}, in use${by(other)}`)
    .join('; ');
  const free = freeAfter(
    first.port,
    new Set([...listeners.value.map(({ port }) => port), ...Object.values(wanted.ports)]),
  );
  return { id, verdict: 'missing', needed_by, says, mend: otherPort(first, free, wanted) };
}

/** In the file that gives it, JSON or YAML; what a flag or variable gives, a flag gives otherwise. */
function otherPort(
  { service, port }: { readonly service: string; readonly port: number },
  free: number,
  { file, portFrom }: Wanted,
): string {
  const from = portFrom[service] ?? file;
  if (!from.startsWith('/')) return `./plumb doctor --config ${quoted(file)} --set ports.${service}=${free}`;
  return `sed -Ei 's/("?\\b${service}"?: *)${port}\\b/\\1${free}/' ${quoted(from)}`;
}

function by({ process }: Listener): string {
  return process === undefined ? '' : ` by ${process.name} (process ${process.pid})`;
}

function freeAfter(port: number, used: ReadonlySet<number>): number {
  let next = port + 1;
  while (used.has(next) && next < LAST_PORT) next += 1;
  return next;
}

/** A directory that is there and may be written, or that may be made. */
export function judgePlace({ name: id, path, nearest, access }: Place, needed_by: readonly string[]): Finding {
  if (!access.ok) return { id, verdict: 'unknown', needed_by, says: access.failure.message };
  const found = access.value;
  if (found?.kind === 'file') {
    const mend = `mv ${quoted(nearest)} ${quoted(`${nearest}.old`)}`;
    return { id, verdict: 'missing', needed_by, says: `${nearest} is a file`, mend };
  }
  if (found?.writable === true) {
    const says = nearest === path ? `${path} may be written` : `${path} may be made in ${nearest}`;
    return { id, verdict: 'ok', needed_by, says };
  }
  const mend =
    nearest === path ? `sudo chown "$(id -un)" ${quoted(path)}` : `sudo install -d -o "$(id -un)" ${quoted(path)}`;
  return { id, verdict: 'missing', needed_by, says: `${nearest} may not be written`, mend };
}

/** As a shell reads it back. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
