import { basename } from 'node:path';
import { type SecretsPolicy, slug } from '@plumbline/contracts';

/** A file that is to be there, by its path below the new folder. */
export type NewFiles = ReadonlyMap<string, string>;

const LONGEST_PROJECT = 63;
const IGNORED = ['out/', '*.local.json', 'secrets.local.env'];

/**
 * The environment of the demonstration, for another folder: a project of its own, since a project has one deploy root,
 * and ports that nothing on this host listens on. One that is there already keeps its ports. Pure.
 */
export function environmentFor(
  text: string,
  folder: string,
  { taken, before }: { readonly taken: ReadonlySet<number>; readonly before?: string | undefined },
): string {
  const name = `plumbline-${slug(basename(folder)) || 'stack'}`.slice(0, LONGEST_PROJECT);
  const renamed = text.replace(/("compose_project_name": )"[^"]*"/, `$1"${name}"`);
  const shipped = portsIn(text);
  const kept = portsIn(before ?? '');
  const used = new Set([...taken, ...Object.values(shipped), ...Object.values(kept)]);
  return Object.entries(shipped).reduce((changed, [service, port]) => {
    const own = kept[service] ?? (taken.has(port) ? nextFree(port, used) : port);
    used.add(own);
    return changed.replace(new RegExp(`("${service}": )${port}\\b`), `$1${own}`);
  }, renamed);
}

/** The ports of an environment; none where it cannot be read. */
function portsIn(text: string): Readonly<Record<string, number>> {
  try {
    const { ports } = JSON.parse(text) as { readonly ports?: unknown };
    const given = Object.entries(typeof ports === 'object' && ports !== null ? ports : {});
    return Object.fromEntries(given.filter(([, port]) => Number.isInteger(port)));
  } catch {
    return {};
  }
}

function nextFree(port: number, used: ReadonlySet<number>): number {
  let next = port + 1;
  while (used.has(next)) next += 1;
  return next;
}

/** What git is to leave alone, added to what it leaves alone already. Pure. */
export function ignoreFile(before: string | undefined): string {
  const lines = (before ?? '').split('\n').map((line) => line.trim());
  const missing = IGNORED.filter((line) => !lines.includes(line) && !lines.includes(`/${line}`));
  if (missing.length === 0) return before ?? '';
  const kept = before === undefined || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  return `${kept}${missing.join('\n')}\n`;
}

/** Tells which secrets a stack has and who makes them; the values never stand in the repository. Pure. */
export function secretsExample({ secrets }: SecretsPolicy): string {
  return [
    '# The secrets of the stack. `plumb up` makes each of them on the host, once, at random, below the deploy root, readable',
    '# by its service alone: there is nothing to fill in for them.',
    ...secrets.map(
      ({ service, name, bytes, user }) =>
        `#   ${service}: ${name}, ${bytes} random bytes${user === undefined ? '' : `, the password of ${user}`}`,
    ),
    "# What a pipeline's own commands need goes into secrets.local.env, which git leaves alone:",
    '# EXAMPLE_TOKEN=changeme',
    '',
  ].join('\n');
}

/** The files that are there already and are not what would be written. Pure. */
export function conflicts(wanted: NewFiles, present: NewFiles): readonly string[] {
  return [...wanted].flatMap(([path, text]) => {
    const there = present.get(path);
    return there === undefined || there === text || path === '.gitignore' ? [] : [path];
  });
}
