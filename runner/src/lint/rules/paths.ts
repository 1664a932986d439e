import { pointerOf } from '@plumbline/formats/json-patch';
import { named, shown } from '@plumbline/formats/shown';
import { defaultAt, nameOf } from '../defaults.ts';
import type { Path, Rule, Subject } from '../finding.ts';
import { entriesOf, sourcesOf } from '../subject.ts';

export const pathAbsolute: Rule = {
  id: 'path-absolute',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary:
    'every path is absolute once it is resolved: repo_root from the file, the others from repo_root; no ~, no URL, no drive',
  check: (subject) =>
    pathsOf(subject).flatMap(({ path, value }) => {
      const mended = mend(value, subject, path);
      if (mended === undefined) return [];
      return [
        {
          path,
          message: `${named(path.join('.'))} is ${shown(value)}: ${mended.why}`,
          hint: 'write an absolute path, or one that is relative to repo_root',
          ...(mended.value === undefined
            ? {}
            : { patch: [{ op: 'replace', path: pointerOf(path), value: mended.value }] as const }),
        },
      ];
    }),
};

function pathsOf(subject: Subject): readonly { readonly path: Path; readonly value: string }[] {
  const all = [
    ...entriesOf(subject.config.path_map).map(([name, value]) => ({ path: ['path_map', name] as Path, value })),
    ...sourcesOf(subject).map(([n, { root }]) => ({ path: ['sources', n, 'root'] as Path, value: root })),
  ];
  return all.flatMap(({ path, value }) => (typeof value === 'string' ? [{ path, value }] : []));
}

/** Why a path would not resolve to what is meant, and the one that would; undefined where it does. */
function mend(value: string, { file, world }: Subject, path: Path): { why: string; value?: string } | undefined {
  if (value.trim() === '') {
    const instead = defaultAt(path, nameOf(file));
    return { why: 'it names nothing', ...(typeof instead === 'string' ? { value: instead } : {}) };
  }
  if (value.includes('\0')) return { why: 'it has a NUL', value: value.replaceAll('\0', '') || '.' };
  const url = /^file:\/\/[^/]*(\/.*)$/.exec(value)?.[1];
  if (url !== undefined) return { why: 'it is a URL, and a path is meant', value: url };
  if (/^~(\/|$)/.test(value)) {
    const why = 'only a shell puts a home directory for ~, and here it would be a folder of that name';
    return world.home === '' ? { why } : { why, value: `${world.home}${value.slice(1)}` };
  }
  const drive = /^[A-Za-z]:[\\/](.*)$/.exec(value)?.[1];
  if (drive === undefined) return undefined;
  return { why: 'it names a drive, and this host has none', value: `/${drive.replaceAll('\\', '/')}` };
}
