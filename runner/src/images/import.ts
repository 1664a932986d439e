import { createReadStream } from 'node:fs';
import { type EnginePort, err, failure, imageFault, ok, type Result } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { readTar } from '../adapters/tar.ts';
import { emptyArchive, type SeenArchive, see } from './archive.ts';
import { judgeArchive, type Wanted } from './judge-archive.ts';

/** Whether an archive is whole and holds what is locked, read once from its start to its end. Changes nothing. */
export async function checkArchive(wanted: Wanted): Promise<Result<void>> {
  const { file } = wanted;
  const there = await files.stat(file);
  if (!there.ok) return there;
  if (there.value?.kind !== 'file') {
    const what = there.value === undefined ? 'there is no such file' : 'it is no file';
    return err(failure('E_CONFIG_NOT_FOUND', `cannot read ${file}: ${what}`, { place: { file } }));
  }
  const seen = await read(file);
  if (!seen.ok) return seen;
  const fault = judgeArchive(seen.value, wanted);
  return fault === undefined ? ok(undefined) : err(fault);
}

async function read(file: string): Promise<Result<SeenArchive>> {
  const seen = emptyArchive();
  try {
    for await (const entry of readTar(createReadStream(file))) await see(seen, entry);
    return ok(seen);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== undefined && /^E[A-Z]+$/.test(code))
      return err(failure('E_ENV_UNREADABLE', `cannot read ${file}: ${code}`, { place: { file } }));
    const why = `${file}: it is cut off or no tar archive (${message})`;
    return err(failure('E_PROOF_ARCHIVE_DAMAGED', why, { place: { file } }));
  }
}

/** That every pin names the image that is locked, now that they were loaded. */
export async function proveLoaded({ pins, lock }: Wanted, engine: EnginePort): Promise<Result<readonly Proved[]>> {
  const proved: Proved[] = [];
  for (const pin of pins) {
    const found = (await engine.identity?.(pin)) ?? ok(undefined);
    if (!found.ok) return found;
    if (found.value === undefined)
      return err(failure('E_DEPS_IMAGE_MISSING', `docker says that it loaded the archive, and ${pin} is not here`));
    const fault = imageFault(pin, found.value, lock.images[pin]);
    if (fault !== undefined) return err(fault);
    proved.push({ image: pin, config_digest: found.value.configDigest });
  }
  return ok(proved);
}

/** An image that is here and is the one that is locked. */
export interface Proved {
  readonly image: string;
  readonly config_digest: string;
}
