import { basename, dirname, relative } from 'node:path';
import { err, type Failure, type FilesPort, failure, ok, type Place, type Result } from '@plumbline/contracts';
import { readSource, type Source } from '@plumbline/formats/source';
import { extendedRef, locate } from './locate.ts';
import { isMembers, mergeDocuments } from './merge.ts';
import type { Given } from './overrides.ts';

/** The most files that an environment may be put together from. */
const MOST_FILES = 16;

/**
 * An environment's file and those that it extends, nearest first. A file that extends itself, or one that extends it, is
 * E_CONFIG_CYCLE; one that is not there is E_CONFIG_NOT_FOUND at the line that names it. Of a chain that breaks off,
 * `learn` is shown what was read of it.
 */
export async function readChain(
  file: string,
  files: FilesPort,
  learn?: Given['learn'],
): Promise<Result<readonly [Source, ...Source[]]>> {
  const first = await readSource(file, files);
  if (!first.ok) return first;
  const chain: [Source, ...Source[]] = [first.value];
  const broken = async (cause: Failure): Promise<Result<never>> => {
    const [top, ...bases] = chain;
    await learn?.(mergeDocuments([top.document, ...bases.map((source) => source.document)]));
    return err(cause);
  };
  for (let source = first.value; ; ) {
    const { document } = source;
    const extended = isMembers(document.value) ? document.value.extends : undefined;
    if (extended === undefined) return ok(chain);
    const place = document.place(['extends']);
    if (typeof extended !== 'string' || extended === '') {
      const message = '"extends" must be the name of an environment, or the path of its file';
      return broken(failure('E_CONFIG_INVALID_VALUE', message, { place }));
    }
    const found = await locate(extendedRef(extended, source.file), files);
    if (!found.ok) return broken(missing(extended, found.failure, place));
    const next = found.value.file;
    const names = [...chain.map((one) => one.file), next];
    if (chain.some((one) => one.file === next) || chain.length === MOST_FILES) return broken(circle(names, place));
    const read = await readSource(next, files);
    if (!read.ok)
      return broken(read.failure.code === 'E_CONFIG_NOT_FOUND' ? missing(extended, read.failure, place) : read.failure);
    source = read.value;
    chain.push(source);
  }
}

function missing(extended: string, { code, message }: Failure, place: Place): Failure {
  const kept = code === 'E_CONFIG_INVALID_VALUE' ? code : 'E_CONFIG_NOT_FOUND';
  return failure(kept, `extends "${extended}": ${message}`, { place });
}

function circle(files: readonly string[], place: Place): Failure {
  const folder = dirname(files[0] ?? '');
  const names = files.map((file) => relative(folder, file) || basename(file)).join(' -> ');
  const itself = files.at(-1) === files.at(-2);
  const closed = files.indexOf(files.at(-1) ?? '') < files.length - 1;
  const what = itself ? 'the file extends itself' : 'the files extend each other in a circle';
  return failure('E_CONFIG_CYCLE', `${closed ? what : `more than ${MOST_FILES} files extend each other`}: ${names}`, {
    place,
    hint: 'let one of them extend nothing, or another file',
  });
}
