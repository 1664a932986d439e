import { type FilesPort, type ImagesLock, ok, type Result } from '@plumbline/contracts';
import { imagesLock } from '@plumbline/contracts/validators';
import { fitDocument } from './document.ts';
import { parseJson } from './json.ts';

/** images.lock.json as it stands in a file; undefined where there is none. Fails as reading, `parseJson`, `fitDocument` do. */
export async function readImagesLock(
  file: string,
  files: Pick<FilesPort, 'stat' | 'readText'>,
): Promise<Result<ImagesLock | undefined>> {
  const there = await files.stat(file);
  if (!there.ok || there.value === undefined) return there.ok ? ok(undefined) : there;
  const text = await files.readText(file);
  if (!text.ok) return text;
  const parsed = parseJson(text.value, file);
  return parsed.ok ? fitDocument(parsed.value, imagesLock) : parsed;
}
