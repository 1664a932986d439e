import { err, type FilesPort, failure, fileBehind, ok, type Result, sha256 } from '@plumbline/contracts';
import { type JsonDocument, parseJson } from './json.ts';
import { decodeText } from './text.ts';
import { parseYaml } from './yaml.ts';

const MEBIBYTE = 1024 * 1024;
/** The most bytes that a file of the configuration may have. */
const MOST_BYTES = MEBIBYTE;
/** Of a document that Plumbline wrote itself: an artifact names every one of its files. */
const MOST_WRITTEN_BYTES = 64 * MEBIBYTE;

/** A file of the configuration as it was read once: what it says, and the hash of its bytes. */
export interface Source {
  readonly file: string;
  /** Where its content is: links are followed. */
  readonly path: string;
  readonly sha256: string;
  readonly text: string;
  readonly document: JsonDocument;
}

/**
 * Reads a file that people write, of the configuration: an environment, a pipeline, a file of a stack. YAML by its
 * ending, else JSON with comments and trailing commas. What is no file (a device, a pipe, a circle of links), too big, no
 * text, or not to be parsed is refused, in this order: nothing is read before it is known to be a file of a size that
 * fits.
 */
export function readSource(file: string, files: FilesPort): Promise<Result<Source>> {
  return read(file, files, { mostBytes: MOST_BYTES, parse: parseSource });
}

/** As readSource, of a document that Plumbline writes: plain JSON, and longer where it must be. */
export function readWritten(file: string, files: FilesPort): Promise<Result<Source>> {
  return read(file, files, {
    mostBytes: MOST_WRITTEN_BYTES,
    parse: (text) => parseJson(text, file, { comments: false }),
  });
}

/** The text of a file of the configuration as a document: YAML by its ending, else JSON. Pure. */
export function parseSource(text: string, file: string): Result<JsonDocument> {
  return isYaml(file) ? parseYaml(text, file) : parseJson(text, file, { trailingCommas: true });
}

/** Whether a file is YAML, which its ending says. */
export function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}

interface Reading {
  readonly mostBytes: number;
  parse(text: string, file: string): Result<JsonDocument>;
}

async function read(file: string, files: FilesPort, { mostBytes, parse }: Reading): Promise<Result<Source>> {
  const behind = await fileBehind(file, files);
  if (!behind.ok) return behind;
  const place = { file };
  if ('instead' in behind.value) {
    const { instead, kind } = behind.value;
    const code = kind === 'nothing' ? 'E_CONFIG_NOT_FOUND' : 'E_ENV_UNREADABLE';
    const why = instead === 'nothing' ? 'no such file or directory' : `it is ${instead}`;
    return err(failure(code, `cannot read ${file}: ${why}`, { place }));
  }
  const { size, path } = behind.value;
  if (size > mostBytes) return err(tooBig(file, size, mostBytes));
  const bytes = await files.read(file);
  if (!bytes.ok) return bytes;
  const text = decodeText(bytes.value, file);
  if (!text.ok) return text;
  const parsed = parse(text.value, file);
  if (!parsed.ok) return parsed;
  return ok({ file, path, sha256: sha256(bytes.value), text: text.value, document: parsed.value });
}

function tooBig(file: string, size: number, most: number) {
  const message = `${file} has ${size} bytes; a file of its kind has ${most} (${most / MEBIBYTE} MiB) at most`;
  return failure('E_CONFIG_PARSE', message, {
    place: { file },
    hint: 'name the file that is meant: this one is no such document',
  });
}
