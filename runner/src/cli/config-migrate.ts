import { resolve } from 'node:path';
import { err, failure, failureExit, ok, type Result } from '@plumbline/contracts';
import { isYaml, parseSource, readSource, type Source } from '@plumbline/formats/source';
import { unifiedDiff } from '@plumbline/formats/unified-diff';
import { files } from '../adapters/files.ts';
import { keepCopy } from '../adapters/keep-copy.ts';
import { type Migrated, migrateConfig } from '../migrations/migrate-config.ts';
import { replaceText } from './config-file.ts';
import { learnDocument } from './known-secrets.ts';
import { print, printFailure, tell } from './output.ts';

/** What `config migrate` takes. */
export interface MigrateOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Done extends Migrated {
  readonly file: string;
  readonly diff: string;
  /** The copy of the file as it was; only where it was written. */
  readonly backup?: string;
}

/** `config migrate PATH`: 0 where all that the file says has its place, 1 where something was dropped, which is told. */
export async function configMigrate(path: string, options: MigrateOptions): Promise<number> {
  const json = options.json === true;
  const done = await migrateFile(resolve(path), options.dryRun === true);
  if (!done.ok) {
    printFailure(done.failure, json);
    return failureExit(done.failure.code);
  }
  const { notes, text: _, ...rest } = done.value;
  const dropped = notes.filter(({ kind }) => kind === 'dropped');
  if (json) print(JSON.stringify({ ...rest, changed: rest.diff !== '', notes }, null, 2));
  else tellPeople(done.value, options.dryRun === true);
  return dropped.length === 0 ? 0 : 1;
}

async function migrateFile(file: string, dryRun: boolean): Promise<Result<Done>> {
  const read = await readSource(file, files);
  if (!read.ok) return read;
  await learnDocument(read.value.document);
  if (isYaml(file)) {
    const hint =
      'write it as JSON, migrate that, and write it as YAML again; every environment of version 2 may be YAML';
    return err(
      failure('E_CONFIG_INVALID_VALUE', 'YAML is not migrated: a change would lose its comments', {
        place: { file },
        hint,
      }),
    );
  }
  const migrated = migrateConfig(read.value.text, file);
  if (!migrated.ok) return migrated;
  await learnBoth(withoutNumbers(read.value.text), migrated.value.text, file);
  const diff = unifiedDiff(read.value.text, migrated.value.text, { from: file, to: file });
  const done = { ...migrated.value, file, diff };
  return dryRun || diff === '' ? ok(done) : write(read.value, done);
}

/** Both are quoted; and the new one says what the old one leaves out: its stack, and its deploy root. */
async function learnBoth(before: string, after: string, file: string): Promise<void> {
  for (const text of [before, after]) {
    const parsed = parseSource(text, file);
    if (parsed.ok) await learnDocument(parsed.value, `${before}\n${after}`);
  }
}

/** JSON with its numbers as texts: the difference has them as they are written, which is not always how they are read. */
function withoutNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\/|(-?\d[\w.+-]*)/g, (whole, number?: string) =>
    number === undefined ? whole : `"${number}"`,
  );
}

async function write(source: Source, done: Done): Promise<Result<Done>> {
  const backup = await keepCopy(source.path, `v${done.from}`);
  if (!backup.ok) return backup;
  const written = await replaceText(source, done.text);
  return written.ok ? ok({ ...done, backup: backup.value }) : written;
}

function tellPeople({ file, from, to, diff, notes, backup }: Done, dryRun: boolean): void {
  for (const { kind, message } of notes)
    tell(kind === 'dropped' ? `warning: dropped ${message}` : `${kind}: ${message}`);
  if (diff === '') print(`${file} is of schema version ${to} already: nothing to do`);
  else if (dryRun) print(diff);
  else {
    print(`${file} is of schema version ${to} now; as version ${from} it is kept as ${backup}`);
    tell(`next: ./plumb config lint ${file}`);
  }
}
