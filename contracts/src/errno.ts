import type { ErrorCode } from './generated/error-codes.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'it is a directory',
  EEXIST: 'something else is there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota of this user is used up',
  ELOOP: 'too many symbolic links',
};

/** An error number of the system (errno(3)) in words; its name where there are none. */
export function reasonOf(errno: string): string {
  return reasons[errno] ?? errno;
}

/** What it is that something could not be written: there is no room, or it is not ours to write. */
export function codeOfWrite(errno: string | undefined): ErrorCode {
  return errno === 'ENOSPC' || errno === 'EDQUOT' ? 'E_ENV_DISK_FULL' : 'E_ENV_UNWRITABLE';
}
