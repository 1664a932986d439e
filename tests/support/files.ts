import { err, type FilesPort, failure, ok, type Result } from '../../contracts/src/index.ts';

/** Files in memory. `failing` names the calls that are refused, as `write /path`. */
export interface MemoryFiles extends FilesPort {
  readonly content: Map<string, Uint8Array>;
  readonly links: Map<string, string>;
  readonly made: Set<string>;
  readonly failing: Set<string>;
  /** When a file was changed last; where it is not told, nobody knows. */
  readonly modified: Map<string, number>;
  /** Permission bits; where they are not told, a path is sealed. */
  readonly modes: Map<string, number>;
  text(path: string): string;
}

export function memoryFiles(initial: Readonly<Record<string, string>> = {}): MemoryFiles {
  const content = new Map<string, Uint8Array>(
    Object.entries(initial).map(([path, text]) => [path, new TextEncoder().encode(text)]),
  );
  const links = new Map<string, string>();
  const made = new Set<string>();
  const failing = new Set<string>();
  const modified = new Map<string, number>();
  const modes = new Map<string, number>();
  const bytesOf = (data: string | Uint8Array) => (typeof data === 'string' ? new TextEncoder().encode(data) : data);
  const below = (path: string) => [...content.keys()].filter((name) => name.startsWith(`${path}/`));
  const change = (call: string, path: string, act: () => void): Result<void> => {
    if (failing.has(`${call} ${path}`))
      return err(failure('E_ENV_UNWRITABLE', `cannot ${call} ${path}`, { place: { file: path } }));
    act();
    return ok(undefined);
  };
  const port: MemoryFiles = {
    content,
    links,
    made,
    failing,
    modified,
    modes,
    text: (path) => new TextDecoder().decode(content.get(path) ?? new Uint8Array()),
    async read(path) {
      const bytes = content.get(path);
      if (failing.has(`read ${path}`)) return err(failure('E_ENV_UNREADABLE', `cannot read ${path}`));
      return bytes === undefined
        ? err(failure('E_CONFIG_NOT_FOUND', `cannot read ${path}`, { place: { file: path } }))
        : ok(bytes);
    },
    async readText(path) {
      const bytes = await port.read(path);
      return bytes.ok ? ok(new TextDecoder().decode(bytes.value)) : bytes;
    },
    async stat(path) {
      const file = content.get(path);
      const at = modified.get(path);
      if (file !== undefined)
        return ok({
          kind: 'file' as const,
          size: file.length,
          mode: modes.get(path) ?? 0o444,
          ...(at === undefined ? {} : { modified: at }),
        });
      if (links.has(path)) return ok({ kind: 'other' as const, size: 0 });
      const folder = made.has(path) || below(path).length > 0;
      return ok(folder ? { kind: 'directory' as const, size: 0, mode: modes.get(path) ?? 0o755 } : undefined);
    },
    list: async (path) =>
      ok(
        below(path)
          .map((name) => name.slice(path.length + 1))
          .sort(),
      ),
    async directories(path) {
      const inside = [...below(path), ...[...made].filter((name) => name.startsWith(`${path}/`)).map((n) => `${n}/`)];
      const parts = inside.map((name) => name.slice(path.length + 1).split('/'));
      return ok([...new Set(parts.filter((part) => part.length > 1).map((part) => part[0] as string))].sort());
    },
    async entries(path) {
      const folders = await port.directories(path);
      const inside = [...below(path), ...[...links.keys()].filter((name) => name.startsWith(`${path}/`))];
      const names = [...new Set(inside.map((name) => name.slice(path.length + 1).split('/')[0] as string))];
      const isFolder = (name: string) => folders.ok && folders.value.includes(name);
      const kind = (name: string) =>
        isFolder(name) ? ('directory' as const) : links.has(`${path}/${name}`) ? ('other' as const) : ('file' as const);
      const all = [...new Set([...names, ...(folders.ok ? folders.value : [])])].sort();
      return ok(all.map((name) => ({ name, kind: kind(name) })));
    },
    write: async (path, data) => change('write', path, () => content.set(path, bytesOf(data))),
    writeDirectory: async (path, files) =>
      change('writeDirectory', path, () => {
        for (const [name, bytes] of files) content.set(`${path}/${name}`, bytes);
      }),
    replaceDirectory: async (path, files) =>
      change('replaceDirectory', path, () => {
        for (const name of below(path)) content.delete(name);
        for (const [name, bytes] of files) content.set(`${path}/${name}`, bytes);
      }),
    seal: async (path) => change('seal', path, () => void modes.delete(path)),
    discard: async (path) => port.remove(path),
    append: async (path, text) => change('append', path, () => content.set(path, bytesOf(port.text(path) + text))),
    makeDirectory: async (path) => change('makeDirectory', path, () => made.add(path)),
    link: async (path, target) => change('link', path, () => links.set(path, target)),
    readLink: async (path) => ok(links.get(path)),
    remove: async (path) =>
      change('remove', path, () => {
        for (const name of [path, ...below(path)]) content.delete(name);
        links.delete(path);
      }),
  };
  return port;
}
