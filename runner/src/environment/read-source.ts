import { err, type FilesPort, failure, fileBehind, ok, type Result, sha256 } from '@plumbline/contracts';
import { type JsonDocument, parseJson } from '@plumbline/formats/json';
import { decodeText } from '@plumbline/formats/text';
import { parseYaml } from '@plumbline/formats/yaml';

/** The most bytes that a file of the configuration may have. */
const MOST_BYTES = 1024 * 1024;

/** A file of the configuration as it was read once: what it says, and the hash of its bytes. */
export interface Source {
  readonly file: string;
  readonly sha256: string;
  readonly document: JsonDocument;
}

/**
 * Reads a file of the configuration: YAML by its ending, else JSON with comments and trailing commas. What is no file
 * (a device, a pipe, a circle of links), too big, no text, or not to be parsed is refused, in this order: nothing is
 * read before it is known to be a file of a size that fits.
 */
export async function readSource(file: string, files: FilesPort): Promise<Result<Source>> {
  const behind = await fileBehind(file, files);
  if (!behind.ok) return behind;
  const place = { file };
  if ('instead' in behind.value) {
    const { instead, kind } = behind.value;
    const code = kind === 'nothing' ? 'E_CONFIG_NOT_FOUND' : 'E_ENV_UNREADABLE';
    const why = instead === 'nothing' ? 'no such file or directory' : `it is ${instead}`;
    return err(failure(code, `cannot read ${file}: ${why}`, { place }));
  }
  const { size } = behind.value;
  if (size > MOST_BYTES) return err(tooBig(file, size));
  const bytes = await files.read(file);
  if (!bytes.ok) return bytes;
  const text = decodeText(bytes.value, file);
  if (!text.ok) return text;
  const parsed = /\.ya?ml$/.test(file)
    ? parseYaml(text.value, file)
    : parseJson(text.value, file, { trailingCommas: true });
  if (!parsed.ok) return parsed;
  return ok({ file, sha256: sha256(bytes.value), document: parsed.value });
}

function tooBig(file: string, size: number) {
  const message = `${file} has ${size} bytes; a file of the configuration has ${MOST_BYTES} (1 MiB) at most`;
  return failure('E_CONFIG_PARSE', message, {
    place: { file },
    hint: 'name the file that is meant: this one is no configuration',
  });
}
