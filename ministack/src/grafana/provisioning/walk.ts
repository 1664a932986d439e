import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A dashboard file: its place below the provider's folder, and what it says or why it says nothing. */
export interface Found {
  readonly relativePath: string;
  /** The folder that it lies in, where that is not the provider's own. */
  readonly folder: string;
  readonly checksum: string;
  readonly content: Content;
}

export type Content =
  | { readonly ok: true; readonly dashboard: DashboardJson }
  | { readonly ok: false; readonly fault: string };

export type DashboardJson = Readonly<Record<string, unknown>> & { readonly title: string };

/** Every *.json below a folder, hidden folders left out; undefined where the folder is not there. */
export function walk(root: string): readonly Found[] | undefined {
  let real: string;
  try {
    real = realpathSync(root);
  } catch {
    return undefined;
  }
  return names(real, '').map((relativePath) => {
    const folder = dirname(relativePath);
    const text = read(join(real, relativePath));
    return {
      relativePath,
      folder: folder === '.' ? '' : basename(folder),
      checksum: createHash('sha256')
        .update(text ?? '')
        .digest('hex'),
      content: text === undefined ? fault('permission denied') : dashboardOf(text),
    };
  });
}

function names(root: string, below: string): readonly string[] {
  return readdirSync(join(root, below))
    .sort()
    .flatMap((name) => {
      const path = join(below, name);
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      if (stat?.isDirectory()) return name.startsWith('.') ? [] : names(root, path);
      return stat?.isFile() && name.endsWith('.json') ? [path] : [];
    });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function dashboardOf(text: string): Content {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return fault((thrown as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fault('the file is not a JSON object');
  const { title, uid } = value as { readonly title?: unknown; readonly uid?: unknown };
  if (typeof title !== 'string' || title.trim() === '') return fault('Dashboard title cannot be empty');
  if (typeof uid === 'string' && uid.length > 40) return fault('uid too long, max 40 characters');
  if (typeof uid === 'string' && !/^[a-zA-Z0-9\-_]*$/.test(uid)) return fault('uid contains illegal characters');
  return { ok: true, dashboard: value as DashboardJson };
}

function fault(why: string): Content {
  return { ok: false, fault: why };
}
