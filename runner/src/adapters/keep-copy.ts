import { constants } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOfWrite, err, failure, ok, type Result, reasonOf } from '@plumbline/contracts';

/** Nobody migrates one file as often. */
const MOST = 1000;

/**
 * Keeps a copy of a file beside it and tells its path: `<file>.<tag>.bak`, or, where that is there already,
 * `<file>.<tag>.2.bak` and so on: no copy is ever overwritten, whoever else makes one. E_ENV_UNWRITABLE, E_ENV_DISK_FULL.
 */
export async function keepCopy(file: string, tag: string): Promise<Result<string>> {
  for (let n = 1; n <= MOST; n += 1) {
    const copy = `${file}.${tag}${n === 1 ? '' : `.${n}`}.bak`;
    try {
      await copyFile(file, copy, constants.COPYFILE_EXCL);
      for (const path of [copy, dirname(copy)]) await sync(path);
      return ok(copy);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      if (code === undefined) throw thrown;
      return err(
        failure(codeOfWrite(code), `cannot keep a copy at ${copy}: ${reasonOf(code)}`, { place: { file: copy } }),
      );
    }
  }
  return err(failure('E_ENV_UNWRITABLE', `${file} has ${MOST} copies already`, { place: { file } }));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
