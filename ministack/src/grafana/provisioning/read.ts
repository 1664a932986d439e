import { readdirSync, readFileSync } from 'node:fs';
import { err, failure, ok, placeText, type Result } from '@plumbline/contracts';
import { parseYaml } from '@plumbline/formats/yaml';
import type { Log } from '../../common/child.ts';
import { hostPath, type World } from '../../common/world.ts';
import { ExpansionFault, expandProvisioned, type Sources } from '../config/expand.ts';

/** What reading provisioning files needs. */
export interface Reading {
  readonly world: World;
  readonly sources: Sources;
  readonly log: Log;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The YAML files of a provisioning directory, in the order of their names, their values expanded. */
export function readDirectory(
  directory: string,
  what: string,
  { world, sources, log }: Reading,
): Result<readonly { readonly file: string; readonly content: Fields }[]> {
  const found: { readonly file: string; readonly content: Fields }[] = [];
  const host = hostPath(world, directory);
  const names = host.ok ? list(host.value) : undefined;
  if (!host.ok || names === undefined) {
    log('error', `can't read ${what} provisioning files from directory`, {
      logger: `provisioning.${what}`,
      path: directory,
    });
    return ok(found);
  }
  for (const name of names.filter((n) => /\.ya?ml$/.test(n))) {
    const file = `${directory}/${name}`;
    const content = readYaml(`${host.value}/${name}`, file, sources);
    if (!content.ok) return content;
    if (content.value !== undefined) found.push({ file, content: content.value });
  }
  return ok(found);
}

/** The file's fields; nothing for an empty file. Only the format that has an apiVersion is read. */
function readYaml(path: string, file: string, sources: Sources): Result<Fields | undefined> {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (thrown) {
    return bad(`open ${file}: ${(thrown as NodeJS.ErrnoException).code}`);
  }
  const parsed = parseYaml(content, file);
  if (!parsed.ok) return bad(`yaml: ${parsed.failure.message} (${placeText(parsed.failure.place)})`);
  const { value } = parsed.value;
  if (value === null || value === undefined) return ok(undefined);
  if (!isFields(value)) return bad(`yaml: ${file} is not a mapping`);
  if (!Number.isInteger(value.apiVersion) || Number(value.apiVersion) < 1) {
    return bad(`${file}: apiVersion is not 1; the older format is not implemented by this stand-in`);
  }
  try {
    return ok(expandAll(value, sources) as Fields);
  } catch (thrown) {
    if (thrown instanceof ExpansionFault) return bad(`${file}: ${thrown.message}`);
    throw thrown;
  }
}

/** Keys that Grafana does not know are ignored there; the stand-in says so. */
export function warnOfUnknownKeys(
  fields: Fields,
  known: readonly string[],
  { log, where, logger }: { readonly log: Log; readonly where: string; readonly logger: string },
): void {
  for (const key of Object.keys(fields).filter((k) => !known.includes(k))) {
    log('warn', 'unknown key in a provisioning file: Grafana ignores it', { logger, key, where });
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Grafana takes any scalar for a string, and text for a number or a truth value. */
export function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

export function truth(value: unknown): boolean {
  return value === true || ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text(value));
}

export function bad<T>(message: string): Result<T> {
  return err(failure('E_CONFIG_SERVICE_INVALID', message));
}

function expandAll(value: unknown, sources: Sources): unknown {
  if (typeof value === 'string') return expandProvisioned(value, sources);
  if (Array.isArray(value)) return value.map((item) => expandAll(item, sources));
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandAll(item, sources)]));
}

function list(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory).sort();
  } catch {
    return undefined;
  }
}
