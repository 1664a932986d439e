import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formsOf } from './secret-forms.ts';

/** Secrets by where they are planted. */
export type Sentinels = Readonly<Record<string, string>>;

/** Where a sentinel is in these bytes, and how it is written; one line each. Sought by bytes, and apart from the scrubber. */
export function leaksIn(bytes: Buffer, sentinels: Sentinels, where: string): readonly string[] {
  return Object.entries(sentinels).flatMap(([planted, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, written]) =>
      bytes.includes(written) ? [`${where}: ${planted}, ${form}`] : [],
    ),
  );
}

/** The same for every file below a folder and for its name; not for what is below the folders that are exempt. */
export function leaksBelow(
  folder: string,
  sentinels: Sentinels,
  exempt: readonly string[] = [],
): { readonly leaks: readonly string[]; readonly files: number } {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !exempt.some((one) => path.startsWith(`${one}/`)));
  const leaks = all.flatMap(({ entry, path }) => {
    const name = relative(folder, path);
    const content = entry.isFile() ? readFileSync(path) : Buffer.alloc(0);
    return [...leaksIn(Buffer.from(name), sentinels, `the name ${name}`), ...leaksIn(content, sentinels, name)];
  });
  return { leaks, files: all.filter(({ entry }) => entry.isFile()).length };
}

/** The command lines of all processes, again and again until it is stopped; gives the ways in which they held one. */
export function watchProcesses(sentinels: Sentinels): { stop(): { leaks: readonly string[]; looks: number } } {
  const leaks = new Set<string>();
  let looks = 0;
  const look = () => {
    looks += 1;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        for (const leak of leaksIn(readFileSync(`/proc/${pid}/cmdline`), sentinels, 'a command line')) leaks.add(leak);
      } catch {
        // It has ended.
      }
    }
  };
  look();
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { leaks: [...leaks], looks };
    },
  };
}
