import type { Dashboard, Folder } from '../provisioning/dashboards.ts';
import { type Answer, json, message } from './answer.ts';
import type { Context, Identity, Request } from './context.ts';

/** Dashboards and folders by title, type and tags, folders first. */
export function searchRoute({ dashboards }: Context, { params }: Request): Answer {
  const limit = Number(params.get('limit') || '1000');
  const page = Number(params.get('page') || '1');
  if (!Number.isInteger(limit) || !Number.isInteger(page)) return message(400, 'bad request data');
  if (limit > 5000) {
    return message(422, 'Limit is above maximum allowed (5000), use page parameter to access hits beyond limit');
  }
  const query = (params.get('query') ?? '').toLowerCase();
  const type = params.get('type') ?? '';
  const tags = params.getAll('tag');
  const uids = params.getAll('dashboardUIDs');
  const inFolders = params.getAll('folderUIDs');
  const titled = (title: string) => title.toLowerCase().includes(query);
  const folders = dashboards
    .folders()
    .filter(
      ({ title }) =>
        type !== 'dash-db' && tags.length === 0 && uids.length === 0 && inFolders.length === 0 && titled(title),
    );
  const found = dashboards
    .all()
    .filter(
      (dashboard) =>
        type !== 'dash-folder' &&
        titled(dashboard.title) &&
        tags.every((tag) => dashboard.tags.includes(tag)) &&
        (uids.length === 0 || uids.includes(dashboard.uid)) &&
        (inFolders.length === 0 || inFolders.includes(dashboard.folder?.uid ?? 'general')),
    );
  const hits = [...folders.sort(byTitle).map(folderHit), ...found.sort(byTitle).map(dashboardHit)];
  return json(hits.slice((page - 1) * limit, page * limit));
}

export function dashboardRoute(
  { dashboards }: Context,
  _: Request,
  { role }: Identity,
  [uid]: readonly string[],
): Answer {
  const found = dashboards.all().find((dashboard) => dashboard.uid === uid);
  if (found === undefined) return message(404, 'Dashboard not found');
  const may = role !== 'Viewer';
  const annotations = { canAdd: may, canEdit: may, canDelete: may };
  const meta = {
    type: 'db',
    canSave: may,
    canEdit: may,
    canAdmin: role === 'Admin',
    canStar: true,
    canDelete: may,
    slug: found.slug,
    url: `/d/${found.uid}/${found.slug}`,
    expires: '0001-01-01T00:00:00Z',
    created: found.created,
    updated: found.updated,
    updatedBy: 'Anonymous',
    createdBy: 'Anonymous',
    version: found.version,
    hasAcl: false,
    isFolder: false,
    folderId: found.folder?.id ?? 0,
    folderUid: found.folder?.uid ?? '',
    folderTitle: found.folder?.title ?? 'General',
    folderUrl: found.folder === undefined ? '' : folderUrl(found.folder),
    provisioned: found.provisioned,
    provisionedExternalId: found.provisioned ? found.externalId : '',
    annotationsPermissions: { dashboard: annotations, organization: annotations },
  };
  return json({ meta, dashboard: found.content });
}

export function tagsRoute({ dashboards }: Context): Answer {
  const counts = new Map<string, number>();
  for (const tag of dashboards.all().flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return json([...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([term, count]) => ({ term, count })));
}

export function foldersRoute({ dashboards }: Context): Answer {
  return json([...dashboards.folders()].sort(byTitle).map(({ id, uid, title }) => ({ id, uid, title })));
}

export function folderRoute({ dashboards }: Context, _: Request, { role }: Identity, [uid]: readonly string[]): Answer {
  const found = dashboards.folders().find((folder) => folder.uid === uid);
  if (found === undefined) return message(404, 'folder not found');
  const may = role !== 'Viewer';
  return json({
    ...found,
    url: folderUrl(found),
    hasAcl: false,
    canSave: may,
    canEdit: may,
    canAdmin: role === 'Admin',
    canDelete: may,
    version: 1,
  });
}

function folderHit({ id, uid, title }: Folder) {
  return {
    id,
    uid,
    title,
    uri: `db/${slugOf(title)}`,
    url: `/dashboards/f/${uid}/${slugOf(title)}`,
    slug: '',
    type: 'dash-folder',
    tags: [],
    isStarred: false,
    sortMeta: 0,
  };
}

function dashboardHit({ id, uid, title, slug, tags, folder }: Dashboard) {
  const hit = {
    id,
    uid,
    title,
    uri: `db/${slug}`,
    url: `/d/${uid}/${slug}`,
    slug: '',
    type: 'dash-db',
    tags,
    isStarred: false,
  };
  const where =
    folder === undefined
      ? {}
      : { folderId: folder.id, folderUid: folder.uid, folderTitle: folder.title, folderUrl: folderUrl(folder) };
  return { ...hit, ...where, sortMeta: 0 };
}

function folderUrl({ uid, title }: Folder): string {
  return `/dashboards/f/${uid}/${slugOf(title)}`;
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function byTitle(a: { readonly title: string }, b: { readonly title: string }): number {
  return a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1;
}
