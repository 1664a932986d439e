import { err, type Failure, failure, ok, type Result } from '@plumbline/contracts';
import { parseYaml, type YamlDocument } from './yaml.ts';

/** A bind mount of a directory, or a named volume. */
export type ComposeVolume =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean };

/** One service of the subset. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `host` shares the host's name; undefined gives the container a name of its own. */
  readonly uts: 'host' | undefined;
  readonly restart: 'no' | 'unless-stopped';
  readonly ports: readonly { readonly hostIp: string; readonly published: number; readonly target: number }[];
  readonly volumes: readonly ComposeVolume[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A compose file of the subset. */
export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: readonly string[];
}

type Path = readonly (string | number)[];

/** Thrown inside this file only; `parseCompose` turns it into its result. */
class Unsupported extends Error {
  readonly path: Path;
  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Reads the subset of compose.yml that the embedded engine runs: image, command as a list, restart, long-form ports and
 * volumes, networks by name, labels. Anything else is E_CONFIG_COMPOSE_UNSUPPORTED with its place: nothing is ignored.
 * Of compose's variables it knows `${NAME:?message}`, which must have a value in `variables`, and `$$` for a dollar;
 * without `variables`, what stands there is left as it is.
 */
export function parseCompose(
  text: string,
  file: string,
  variables?: Readonly<Record<string, string | undefined>>,
): Result<ComposeFile> {
  const parsed = parseYaml(text, file);
  if (!parsed.ok) return parsed;
  try {
    return ok(composeFile(interpolated(parsed.value.value, [], variables)));
  } catch (thrown) {
    if (thrown instanceof Unsupported) return err(unsupported(thrown, parsed.value));
    throw thrown;
  }
}

function unsupported(error: Unsupported, document: YamlDocument): Failure {
  const where = error.path.length === 0 ? 'the compose file' : `"${error.path.join('.')}"`;
  return failure('E_CONFIG_COMPOSE_UNSUPPORTED', `${where} ${error.message}`, { place: document.place(error.path) });
}

/** Compose puts values into what the YAML holds, and never into its keys. */
function interpolated(value: unknown, path: Path, variables?: Readonly<Record<string, string | undefined>>): unknown {
  if (Array.isArray(value)) return value.map((item, n) => interpolated(item, [...path, n], variables));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, interpolated(item, [...path, key], variables)]),
    );
  if (typeof value !== 'string') return value;
  return value.replace(/\$(?:\$|\{([A-Z][A-Z0-9_]*):\?([^{}$]*)\})?/g, (found, name?: string, message?: string) => {
    if (found === '$$') return '$';
    if (name === undefined)
      throw new Unsupported(path, 'has a "$" that is neither "$$" nor a variable in braces with its ":?message"');
    if (variables === undefined) return found;
    const given = variables[name] ?? '';
    if (given === '') throw new Unsupported(path, `needs a value of ${name}: ${message}`);
    return given;
  });
}

function composeFile(value: unknown): ComposeFile {
  const top = record(value, [], ['name', 'services', 'networks', 'volumes']);
  const volumes = declared(top.volumes, 'volumes');
  const networks = declared(top.networks, 'networks');
  const services = Object.entries(record(top.services, ['services'])).map(([name, service]) => {
    return [name, composeService(service, ['services', name], volumes, networks)] as const;
  });
  return { name: text(top.name, ['name']), services: Object.fromEntries(services), volumes };
}

/** Names of volumes or networks, which may have labels. Any other option (a driver, `external`) would be ignored, so it is refused. */
function declared(value: unknown, section: 'volumes' | 'networks'): readonly string[] {
  const names = Object.entries(record(value ?? {}, [section]));
  for (const [name, options] of names) {
    const { labels } = record(options ?? {}, [section, name], ['labels']);
    texts(labels ?? {}, [section, name, 'labels']);
  }
  return names.map(([name]) => name);
}

function composeService(
  value: unknown,
  path: Path,
  volumes: readonly string[],
  networks: readonly string[],
): ComposeService {
  const s = record(value, path, [
    'image',
    'command',
    'environment',
    'uts',
    'restart',
    'networks',
    'ports',
    'volumes',
    'labels',
  ]);
  const restart = s.restart ?? 'no';
  if (restart !== 'no' && restart !== 'unless-stopped')
    throw new Unsupported([...path, 'restart'], `is ${String(restart)}; only "no" and "unless-stopped" are done`);
  list(s.networks ?? [], [...path, 'networks']).forEach((network, n) => {
    if (!networks.includes(String(network)))
      throw new Unsupported([...path, 'networks', n], `names the network ${String(network)}, which is not declared`);
  });
  return {
    image: text(s.image, [...path, 'image']),
    command: list(s.command ?? [], [...path, 'command']).map((part, n) => text(part, [...path, 'command', n])),
    restart,
    ports: list(s.ports ?? [], [...path, 'ports']).map((port, n) => composePort(port, [...path, 'ports', n])),
    volumes: list(s.volumes ?? [], [...path, 'volumes']).map((volume, n) =>
      composeVolume(volume, [...path, 'volumes', n], volumes),
    ),
    environment: texts(s.environment ?? {}, [...path, 'environment']),
    uts: hostName(s.uts, [...path, 'uts']),
    labels: texts(s.labels ?? {}, [...path, 'labels']),
  };
}

function texts(value: unknown, path: Path): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record(value, path)).map(([key, item]) => [key, text(item, [...path, key])]),
  );
}

function hostName(value: unknown, path: Path): 'host' | undefined {
  if (value === undefined || value === 'host') return value;
  throw new Unsupported(path, `is ${String(value)}; only "host" is done`);
}

function composePort(value: unknown, path: Path) {
  const p = record(value, path, ['host_ip', 'published', 'target']);
  return {
    hostIp: text(p.host_ip, [...path, 'host_ip']),
    published: port(p.published, [...path, 'published']),
    target: port(p.target, [...path, 'target']),
  };
}

function composeVolume(value: unknown, path: Path, known: readonly string[]): ComposeVolume {
  const v = record(value, path, ['type', 'source', 'target', 'read_only', 'bind']);
  const source = text(v.source, [...path, 'source']);
  const target = text(v.target, [...path, 'target']);
  const readOnly = v.read_only ?? false;
  if (typeof readOnly !== 'boolean') throw new Unsupported([...path, 'read_only'], 'must be true or false');
  if (v.type === 'volume') {
    if (v.bind !== undefined) throw new Unsupported([...path, 'bind'], 'is given to a volume');
    if (!known.includes(source))
      throw new Unsupported([...path, 'source'], `names the volume ${source}, which is not declared`);
    return { type: 'volume', source, target, readOnly };
  }
  if (v.type !== 'bind')
    throw new Unsupported([...path, 'type'], `is ${String(v.type)}; only bind and volume are done`);
  const bind = record(v.bind ?? {}, [...path, 'bind'], ['create_host_path']);
  if (bind.create_host_path !== false) throw new Unsupported(path, 'must say bind.create_host_path: false');
  return { type: 'bind', source, target, readOnly };
}

function record(value: unknown, path: Path, known?: readonly string[]): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Unsupported(path, 'must be a mapping');
  const stranger = known && Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) throw new Unsupported([...path, stranger], 'is not done by the embedded engine');
  return value as Record<string, unknown>;
}

function list(value: unknown, path: Path): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unsupported(path, 'must be a list');
  return value as unknown[];
}

function text(value: unknown, path: Path): string {
  if (typeof value !== 'string' || value === '') throw new Unsupported(path, 'must be a non-empty string');
  return value;
}

function port(value: unknown, path: Path): number {
  const n = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : 0;
  if (!Number.isInteger(n) || n < 1 || n > 65535) throw new Unsupported(path, 'must be a port from 1 to 65535');
  return n;
}
