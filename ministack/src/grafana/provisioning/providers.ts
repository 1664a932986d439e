import { ok, type Result } from '@plumbline/contracts';
import { bad, type Fields, isFields, type Reading, readDirectory, text, truth, warnOfUnknownKeys } from './read.ts';

/** Where dashboards come from: one entry of `providers`. */
export interface Provider {
  readonly name: string;
  /** A path of the container. */
  readonly path: string;
  readonly folder: string;
  readonly folderUid: string;
  readonly foldersFromFilesStructure: boolean;
  readonly updateIntervalSeconds: number;
  readonly disableDeletion: boolean;
  readonly allowUiUpdates: boolean;
}

const logger = 'provisioning.dashboard';
const fileKeys = ['apiVersion', 'providers'];
const providerKeys = [
  ...['name', 'type', 'orgId', 'folder', 'folderUid', 'editable', 'options', 'disableDeletion'],
  ...['updateIntervalSeconds', 'allowUiUpdates'],
];
const optionKeys = ['path', 'folder', 'foldersFromFilesStructure'];

/** Reads every provider of a provisioning directory. What Grafana would refuse to start with is a failure. */
export function readProviders(directory: string, reading: Reading): Result<readonly Provider[]> {
  const files = readDirectory(directory, 'dashboards', reading);
  if (!files.ok) return refused(`could not parse provisioning config file: ${files.failure.message}`);
  const providers: Provider[] = [];
  for (const { file, content } of files.value) {
    warnOfUnknownKeys(content, fileKeys, { log: reading.log, where: file, logger });
    const listed = content.providers ?? [];
    if (!Array.isArray(listed))
      return refused(`could not parse provisioning config file: ${file}: providers is not a list`);
    const names = new Set<string>();
    for (const [index, fields] of listed.entries()) {
      const where = `${file}: providers[${index}]`;
      if (!isFields(fields)) return refused(`could not parse provisioning config file: ${where} is not a mapping`);
      warnOfUnknownKeys(fields, providerKeys, { log: reading.log, where, logger });
      const name = text(fields.name);
      if (names.has(name)) return refused(`dashboard name ${JSON.stringify(name)} is not unique (${where})`);
      names.add(name);
      const provider = readOne(name, fields, where, reading);
      if (!provider.ok) return refused(provider.failure.message);
      providers.push(provider.value);
    }
  }
  return ok(providers);
}

function readOne(name: string, fields: Fields, where: string, { log }: Reading): Result<Provider> {
  const type = text(fields.type) || 'file';
  if (type !== 'file') return bad(`type ${type} is not supported (${where})`);
  const orgId = text(fields.orgId);
  if (orgId !== '' && Number(orgId) > 1) {
    return bad(`failed to provision dashboards with ${JSON.stringify(name)} reader: org not found`);
  }
  const options = fields.options ?? {};
  const failed = (why: string) => bad<Provider>(`failed to create file reader for config ${name}: ${why}`);
  if (!isFields(options)) return failed('options is not a mapping');
  warnOfUnknownKeys(options, optionKeys, { log, where: `${where}.options`, logger });
  const path = options.path ?? options.folder;
  if (typeof path !== 'string') return failed('failed to load dashboards, path param is not a string');
  const folder = text(fields.folder);
  const folderUid = text(fields.folderUid);
  const structured = options.foldersFromFilesStructure === true;
  if (structured && folder !== '' && folderUid !== '') {
    return failed("'folder' and 'folderUID' should be empty using 'foldersFromFilesStructure' option");
  }
  const interval = Number(text(fields.updateIntervalSeconds) || '0');
  if (!Number.isFinite(interval) || interval < 0) return failed('updateIntervalSeconds is not a number of seconds');
  return ok({
    name,
    path,
    folder,
    folderUid,
    foldersFromFilesStructure: structured,
    updateIntervalSeconds: interval === 0 ? 10 : interval,
    disableDeletion: truth(fields.disableDeletion),
    allowUiUpdates: truth(fields.allowUiUpdates),
  });
}

function refused<T>(message: string): Result<T> {
  return bad(`Failed to provision dashboard: ${message}`);
}
