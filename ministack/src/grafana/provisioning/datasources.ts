import { createHash } from 'node:crypto';
import { ok, type Result } from '@plumbline/contracts';
import { bad, type Fields, isFields, type Reading, readDirectory, text, truth, warnOfUnknownKeys } from './read.ts';

/** A data source as the database would hold it. */
export interface DataSource {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly access: 'proxy' | 'direct';
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuth: boolean;
  readonly basicAuthUser: string;
  readonly withCredentials: boolean;
  readonly isDefault: boolean;
  readonly jsonData: Fields;
  /** Never answered and never logged: the API says only which names have a value. */
  readonly secureJsonData: Readonly<Record<string, string>>;
  readonly readOnly: boolean;
}

const logger = 'provisioning.datasources';
const fileKeys = ['apiVersion', 'datasources', 'deleteDatasources', 'prune'];
const sourceKeys = [
  ...['orgId', 'orgName', 'version', 'name', 'type', 'access', 'url', 'user', 'database', 'basicAuth'],
  ...['basicAuthUser', 'withCredentials', 'isDefault', 'correlations', 'jsonData', 'secureJsonData', 'editable', 'uid'],
];

/** Reads every data source of a provisioning directory. What Grafana would refuse to start with is a failure. */
export function readDataSources(directory: string, reading: Reading): Result<readonly DataSource[]> {
  const files = readDirectory(directory, 'datasources', reading);
  if (!files.ok) return provisioningError(files.failure.message);
  const byName = new Map<string, DataSource>();
  let defaults = 0;
  for (const { file, content } of files.value) {
    warnOfUnknownKeys(content, fileKeys, { log: reading.log, where: file, logger });
    const listed = content.datasources ?? [];
    if (!Array.isArray(listed)) return provisioningError(`yaml: ${file}: datasources is not a list`);
    for (const [index, fields] of listed.entries()) {
      const where = `${file}: datasources[${index}]`;
      if (!isFields(fields)) return provisioningError(`yaml: ${where} is not a mapping`);
      warnOfUnknownKeys(fields, sourceKeys, { log: reading.log, where, logger });
      const read = readOne(fields, where, byName.get(text(fields.name))?.id ?? byName.size + 1, reading);
      if (!read.ok) return provisioningError(read.failure.message);
      const source = read.value;
      if (source.isDefault) defaults += 1;
      if (defaults > 1) {
        return provisioningError(
          'datasource.yaml config is invalid. Only one datasource per organization can be marked as default',
        );
      }
      const other = [...byName.values()].find(({ uid, name }) => uid === source.uid && name !== source.name);
      if (other !== undefined) return provisioningError(`data source with the same uid already exists: ${source.uid}`);
      // A second one of the same name updates the first.
      byName.set(source.name, source);
    }
  }
  for (const { name, uid } of byName.values()) {
    reading.log('info', 'inserting datasource from configuration', { logger, name, uid });
  }
  return ok([...byName.values()]);
}

function readOne(fields: Fields, where: string, id: number, { log }: Reading): Result<DataSource> {
  const name = text(fields.name);
  const type = text(fields.type);
  if (name === '') return bad(`${where} has no name`);
  if (type === '') return bad(`failed to provision ${JSON.stringify(name)} data source: it has no type`);
  const orgId = text(fields.orgId);
  if (orgId !== '' && !/^-?\d+$/.test(orgId)) return bad(`${where}: orgId is not a number`);
  if (orgId !== '' && Number(orgId) > 1) {
    return bad(`failed to provision ${JSON.stringify(name)} data source: org not found`);
  }
  for (const key of ['jsonData', 'secureJsonData'] as const) {
    const value = fields[key] ?? {};
    if (!isFields(value)) return bad(`yaml: ${where}: ${key} is not a mapping`);
  }
  const access = text(fields.access);
  if (access !== '' && access !== 'proxy' && access !== 'direct') {
    log('warn', "invalid access value, will use 'proxy' instead", { logger, value: access });
  }
  const secure = Object.entries((fields.secureJsonData ?? {}) as Fields).map(([key, value]) => [key, text(value)]);
  return ok({
    id,
    uid: text(fields.uid) || uidOfName(name),
    name,
    type,
    access: access === 'direct' ? 'direct' : 'proxy',
    url: text(fields.url),
    user: text(fields.user),
    database: text(fields.database),
    basicAuth: truth(fields.basicAuth),
    basicAuthUser: text(fields.basicAuthUser),
    withCredentials: truth(fields.withCredentials),
    isDefault: truth(fields.isDefault),
    jsonData: (fields.jsonData ?? {}) as Fields,
    secureJsonData: Object.fromEntries(secure) as Readonly<Record<string, string>>,
    readOnly: !truth(fields.editable),
  });
}

/** The uid that Grafana makes where none is given. */
function uidOfName(name: string): string {
  return `P${createHash('sha256').update(name).digest('hex').slice(0, 16)}`.toUpperCase();
}

function provisioningError<T>(message: string): Result<T> {
  return bad(`Datasource provisioning error: ${message}`);
}
