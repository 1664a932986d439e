import { failure } from './failure.ts';
import type { SecretFile } from './ports.ts';
import { err, ok, type Result } from './result.ts';

const OTHERS = 0o077;
/** What an example, a template or a hurry leaves in the place of a secret. */
const PLACEHOLDER =
  /^(change[_-]?me|todo|fixme|xxx+|placeholder|secret|password|passwd|example|default|admin|your[_-].*|<.*>|)$/i;

/** Whose a secret's file must be, and how long its value. */
export interface SecretRule {
  /** The user ids that it may belong to. */
  readonly uids: readonly number[];
  /** Random bytes that it is made of; where it is not given, its length is not judged. */
  readonly bytes?: number;
  /** It is about to be replaced: then nothing is to be said against its value. */
  readonly leaving?: boolean;
}

/**
 * The secret that a file holds. E_ENV_SECRET_CHANGED, E_ENV_SECRETS_EXPOSED (mode, owner, a link, an open directory),
 * E_CONFIG_SECRET_PLACEHOLDER or E_CONFIG_SECRET_SHORT where it is not to be used. Pure.
 */
export function secretIn(path: string, file: SecretFile, { uids, bytes, leaving = false }: SecretRule): Result<string> {
  const { kind, mode, uid, folder, value, changed } = file;
  const bad = (code: Parameters<typeof failure>[0], message: string) =>
    err(failure(code, `${path} ${message}`, { place: { file: path } }));
  if (changed !== undefined) return bad('E_ENV_SECRET_CHANGED', changed);
  if (kind !== 'file' || value === undefined)
    return bad('E_ENV_SECRETS_EXPOSED', 'is no file of its own: what it holds may be kept anywhere');
  if ((mode & OTHERS) !== 0) return bad('E_ENV_SECRETS_EXPOSED', `may be read by others: mode ${octal(mode)}`);
  if (!uids.includes(uid)) return bad('E_ENV_SECRETS_EXPOSED', `belongs to user ${uid}, not to ${uids.join(' or ')}`);
  if ((folder.mode & OTHERS) !== 0)
    return bad('E_ENV_SECRETS_EXPOSED', `stands in a directory that is open to others: mode ${octal(folder.mode)}`);
  if (!uids.includes(folder.uid))
    return bad('E_ENV_SECRETS_EXPOSED', `stands in a directory of user ${folder.uid}, not of ${uids.join(' or ')}`);
  if (leaving) return ok(value);
  if (PLACEHOLDER.test(value.trim()))
    return bad('E_CONFIG_SECRET_PLACEHOLDER', value === '' ? 'is empty' : 'still holds the value of an example');
  const shortest = Math.ceil(((bytes ?? 0) * 4) / 3);
  if (value.length < shortest)
    return bad('E_CONFIG_SECRET_SHORT', `has ${value.length} characters; ${bytes} random bytes are ${shortest}`);
  return ok(value);
}

function octal(mode: number): string {
  return mode.toString(8);
}
