import { ok, type Result } from '@plumbline/contracts';
import type { Source } from '@plumbline/formats/source';
import { files } from '../adapters/files.ts';

/**
 * Puts a text in place of a configuration's content, whole or not at all, with the same permissions: where a link leads
 * to it, the link stays.
 */
export async function replaceText({ path }: Pick<Source, 'path'>, text: string): Promise<Result<void>> {
  const there = await files.stat(path);
  const { mode = 0o644 } = (there.ok ? there.value : undefined) ?? {};
  const written = await files.write(path, text, mode);
  return written.ok ? ok(undefined) : written;
}
