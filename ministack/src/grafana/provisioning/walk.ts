import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
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

/** Every *.json below a folder, hidden folders left out; why not, where the folder cannot be read. */
export function walk(root: string): readonly Found[] | { readonly fault: string } {
  try {
    const real = realpathSync(root);
    return names(real, '').map((relativePath) => {
      const folder = dirname(relativePath);
      const text = read(join(real, relativePath));
      return {
        relativePath,
        folder: folder === '.' ? '' : basename(folder),
        checksum: createHash('sha256')
          .update(text ?? '')
          .digest('hex'),
        content: text === undefined ? fault('the file cannot be read') : dashboardOf(text),
      };
    });
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return { fault: code === 'ENOENT' ? 'no such file or directory' : (code ?? message) };
  }
}

/** A link to a folder is not followed: it may lead back up. */
function names(root: string, below: string): readonly string[] {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name);
      if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : names(root, path);
      return entry.name.endsWith('.json') ? [path] : [];
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
