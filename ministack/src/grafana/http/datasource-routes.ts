import type { DataSource } from '../provisioning/datasources.ts';
import { type Answer, forbidden, json, message, notImplemented } from './answer.ts';
import type { Context, Identity, Request } from './context.ts';
import { checkHealth } from './health-check.ts';

const typeNames: Readonly<Record<string, string>> = { loki: 'Loki', prometheus: 'Prometheus' };

export function dataSourcesRoute({ dataSources }: Context, _: Request, { role }: Identity): Answer {
  if (role !== 'Admin') return forbidden('datasources:read');
  const sorted = [...dataSources].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  return json(
    sorted.map((source) => {
      const { id, uid, name, type, access, url, user, database, basicAuth, isDefault, jsonData, readOnly } = source;
      const typeName = typeNames[type] ?? type;
      const shown = { id, uid, orgId: 1, name, type, typeName, typeLogoUrl: logo(type), access, url, user, database };
      return { ...shown, basicAuth, isDefault, jsonData, readOnly };
    }),
  );
}

export function dataSourceByUid(context: Context, _: Request, who: Identity, [uid]: readonly string[]): Answer {
  return one(
    who,
    context.dataSources.find((source) => source.uid === uid),
  );
}

export function dataSourceByName(context: Context, _: Request, who: Identity, [name]: readonly string[]): Answer {
  return one(
    who,
    context.dataSources.find((source) => source.name === name),
  );
}

/** Asks the data source itself, as Grafana's own plugin for it does. */
export async function dataSourceHealth(
  { world, dataSources, settings }: Context,
  { signal }: Request,
  _: Identity,
  [uid]: readonly string[],
): Promise<Answer> {
  const source = dataSources.find((candidate) => candidate.uid === uid);
  if (source === undefined) return message(404, 'Data source not found');
  if (typeNames[source.type] === undefined) return notImplemented(`the health of a data source of type ${source.type}`);
  const health = await checkHealth(
    world,
    source,
    AbortSignal.any([signal, AbortSignal.timeout(settings.proxyTimeoutMs)]),
  );
  return json({ message: health.message, status: health.ok ? 'OK' : 'ERROR' }, health.ok ? 200 : 400);
}

/** The names of its secrets are told, their values never. */
function one({ role }: Identity, source: DataSource | undefined): Answer {
  if (role !== 'Admin') return forbidden('datasources:read');
  if (source === undefined) return message(404, 'Data source not found');
  const { id, uid, name, type, access, url, user, database, basicAuth, basicAuthUser, withCredentials } = source;
  const secureJsonFields = Object.fromEntries(Object.keys(source.secureJsonData).map((key) => [key, true]));
  const shown = { id, uid, orgId: 1, name, type, typeLogoUrl: logo(type), access, url, user, database, basicAuth };
  const { isDefault, jsonData, readOnly } = source;
  return json({
    ...shown,
    basicAuthUser,
    withCredentials,
    isDefault,
    jsonData,
    secureJsonFields,
    version: 1,
    readOnly,
  });
}

function logo(type: string): string {
  return `public/app/plugins/datasource/${type}/img/${type}_${type === 'prometheus' ? 'logo' : 'icon'}.svg`;
}
