import { createHash } from 'node:crypto';
import type { Log } from '../../common/child.ts';
import type { Provider } from './providers.ts';
import { type DashboardJson, type Found, walk } from './walk.ts';

const logger = 'provisioning.dashboard';

export interface Folder {
  readonly id: number;
  readonly uid: string;
  readonly title: string;
}

/** A dashboard as the database would hold it. */
export interface Dashboard {
  readonly id: number;
  readonly uid: string;
  readonly title: string;
  readonly slug: string;
  readonly tags: readonly string[];
  readonly version: number;
  readonly folder: Folder | undefined;
  readonly provider: string;
  readonly provisioned: boolean;
  readonly externalId: string;
  readonly checksum: string;
  readonly created: string;
  readonly updated: string;
  readonly content: DashboardJson;
}

/** The dashboards and folders of all providers. */
export interface Dashboards {
  all(): readonly Dashboard[];
  folders(): readonly Folder[];
  /** Takes a provider's folder as it is now: new files, changed ones, and those that are gone. */
  provision(provider: Provider, hostPath: string | undefined): void;
}

export function makeDashboards(log: Log, now: () => number): Dashboards {
  const byUid = new Map<string, Dashboard>();
  const folders = new Map<string, Folder>();
  /** Providers that share a uid may no longer write: Grafana's guard against two files that overwrite each other. */
  const restricted = new Set<string>();
  const uses = new Map<string, readonly string[]>();
  let guarded = '[]';
  let lastId = 0;

  const folderOf = (title: string, uid: string): Folder | undefined => {
    if (title === '') return undefined;
    const key = uid === '' ? `title ${title}` : `uid ${uid}`;
    const found = folders.get(key) ?? { id: ++lastId, uid: uid || shortHash(`folder ${title}`), title };
    folders.set(key, found);
    return found;
  };

  const save = (provider: Provider, file: Found, content: DashboardJson): void => {
    const uid = typeof content.uid === 'string' && content.uid !== '' ? content.uid : shortHash(file.relativePath);
    const before = byUid.get(uid);
    const isSame = before?.provider === provider.name && before.externalId === file.relativePath;
    if (isSame && before.checksum === file.checksum) return;
    if (restricted.has(provider.name)) {
      log('warn', 'Not saving new dashboard due to restricted database access', {
        ...marks(provider),
        file: `${provider.path}/${file.relativePath}`,
      });
      return;
    }
    const at = new Date(now()).toISOString();
    const id = before?.id ?? ++lastId;
    const version = (before?.version ?? 0) + 1;
    byUid.set(uid, {
      id,
      uid,
      title: content.title,
      slug: slugOf(content.title),
      tags: Array.isArray(content.tags) ? content.tags.map(String) : [],
      version,
      folder: provider.foldersFromFilesStructure
        ? folderOf(file.folder, '')
        : folderOf(provider.folder, provider.folderUid),
      provider: provider.name,
      provisioned: !provider.allowUiUpdates,
      externalId: file.relativePath,
      checksum: file.checksum,
      created: before?.created ?? at,
      updated: at,
      content: { ...content, id, uid, version },
    });
  };

  const dropMissing = (provider: Provider, found: readonly Found[]): void => {
    const here = new Set(found.map(({ relativePath }) => relativePath));
    for (const [uid, dashboard] of byUid) {
      if (dashboard.provider !== provider.name || here.has(dashboard.externalId)) continue;
      if (provider.disableDeletion) byUid.set(uid, { ...dashboard, provider: '', provisioned: false });
      else byUid.delete(uid);
    }
  };

  const guard = (provider: Provider, found: readonly Found[]): void => {
    const uids = found.flatMap(({ content }) => (content.ok && content.dashboard.uid ? [content.dashboard.uid] : []));
    uses.set(provider.name, uids.map(String));
    const all = [...uses].flatMap(([name, list]) => list.map((uid) => ({ name, uid })));
    const duplicates = [...new Set(all.map(({ uid }) => uid))]
      .map((uid) => ({ uid, same: all.filter((use) => use.uid === uid) }))
      .filter(({ same }) => same.length > 1);
    restricted.clear();
    for (const { same } of duplicates) for (const { name } of same) restricted.add(name);
    const state = JSON.stringify(duplicates);
    if (state === guarded) return;
    guarded = state;
    for (const { uid, same } of duplicates) {
      const providers = [...new Set(same.map(({ name }) => name))].join(',');
      log('warn', 'the same UID is used more than once', { logger, uid, times: same.length, providers });
    }
    for (const name of restricted) {
      log('warn', 'dashboards provisioning provider has no database write permissions because of duplicates', {
        logger,
        provider: name,
      });
    }
  };

  return {
    all: () => [...byUid.values()],
    folders: () => [...folders.values()],
    provision(provider, hostPath) {
      const found = hostPath === undefined ? { fault: 'no such file or directory' } : walk(hostPath);
      if ('fault' in found) {
        const error = `stat ${provider.path}: ${found.fault}`;
        log('error', 'failed to search for dashboards', { ...marks(provider), error });
        return;
      }
      dropMissing(provider, found);
      for (const file of found) {
        const { content } = file;
        if (content.ok) save(provider, file, content.dashboard);
        else {
          const path = `${provider.path}/${file.relativePath}`;
          log('error', 'failed to load dashboard from ', { ...marks(provider), file: path, error: content.fault });
        }
      }
      guard(provider, found);
    },
  };
}

function marks({ name }: Provider) {
  return { logger, type: 'file', name };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 14);
}

function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug === '' ? shortHash(title) : slug;
}
