import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Artifact, hashOf, type JournalEntry } from '@plumbline/contracts';
import type { Deployment } from './deployment.ts';

/** A name that a file has until it is whole. */
const temporary = /\.new$/;

/**
 * What is half-written below the deploy root. `more` are artifacts that the host may hold parts of without their
 * generation. Only hashes and names are believed, nothing that Plumbline says.
 */
export function halfWritten(d: Deployment, more: readonly Artifact[]): readonly string[] {
  const root = d.deployRoot;
  if (!existsSync(root)) return [];
  const generations = names(join(root, 'generations')).filter((name) => !temporary.test(name));
  const whole = new Map<string, Artifact>();
  const problems: string[] = [];
  for (const id of generations) {
    if (!existsSync(join(root, 'generations', id, 'artifact.json'))) continue;
    const found = wholeGeneration(join(root, 'generations', id), id);
    if (typeof found === 'string') problems.push(found);
    else whole.set(id, found);
  }
  problems.push(...storeProblems(root, [...whole.values(), ...more]));
  for (const [name, id] of pointers(d)) if (!whole.has(id)) problems.push(`${name} names ${id}, which is not whole`);
  problems.push(
    ...below(root)
      .filter(isDocument)
      .flatMap((path) => unreadable(join(root, path))),
  );
  for (const path of below(join(root, 'secrets')).filter((file) => !temporary.test(file))) {
    const file = join(root, 'secrets', path);
    if (!/^\S{16,}\n$/.test(readFileSync(file, 'utf8'))) problems.push(`secret ${path} is not whole`);
    if ((lstatSync(file).mode & 0o777) !== 0o400) problems.push(`secret ${path} is not its owner's alone`);
  }
  return problems;
}

/** Temporary names that were left, but in the bundles of runs: those are evidence of a kill, and nobody reads them. */
export function leftovers(d: Deployment): readonly string[] {
  return entries(join(d.root, 'out')).filter((path) => temporary.test(path) && !path.startsWith('runs/'));
}

/** The links of the deploy root (`current` and its like), and the generation that each names. */
export function pointers(d: Deployment): ReadonlyMap<string, string> {
  const links = names(d.deployRoot).filter(
    (name) => !temporary.test(name) && lstatSync(join(d.deployRoot, name)).isSymbolicLink(),
  );
  return new Map(
    links.map((name) => [name, readlinkSync(join(d.deployRoot, name)).replace(/^generations\//, '')] as const),
  );
}

/** Whether the journal does not tell how the last that was begun here has ended. */
export function isJournalOpen(d: Deployment): boolean {
  const last = readFileSync(join(d.deployRoot, 'journal.jsonl'), 'utf8').trimEnd().split('\n').at(-1) as string;
  const { stage, outcome } = JSON.parse(last) as JournalEntry;
  return stage !== 'apply' || outcome === 'begin';
}

/** The artifact of the generation that `current` names. */
export function currentArtifact(d: Deployment): Artifact | undefined {
  const path = join(d.deployRoot, 'current/artifact.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Artifact) : undefined;
}

function wholeGeneration(folder: string, id: string): Artifact | string {
  const artifact = parse(readFileSync(join(folder, 'artifact.json'), 'utf8')) as Artifact | undefined;
  if (artifact === undefined) return `the artifact of generation ${id} does not parse`;
  const { generation, ...content } = artifact;
  if (generation !== id || hashOf(content) !== id) return `the artifact of generation ${id} is of another one`;
  const payload = join(folder, artifact.payload_dir);
  const present = below(payload).filter((path) => !temporary.test(path));
  const wanted = new Map(artifact.files.map((file) => [file.path, file.sha256]));
  const problem = difference(payload, present, wanted);
  return problem === undefined ? artifact : `generation ${id}: ${problem}`;
}

function storeProblems(root: string, artifacts: readonly Artifact[]): readonly string[] {
  const wanted = new Map<string, ReadonlyMap<string, string>>();
  for (const { services, files } of artifacts) {
    for (const [service, { store }] of Object.entries(services)) {
      const own = files.filter(({ path }) => path.startsWith(`${service}/`));
      wanted.set(store, new Map(own.map(({ path, sha256 }) => [path.slice(service.length + 1), sha256])));
    }
  }
  return names(join(root, 'store'))
    .filter((name) => !temporary.test(name))
    .flatMap((name) => {
      const content = wanted.get(`store/${name}`);
      if (content === undefined) return [`store/${name} is of no artifact`];
      const problem = difference(join(root, 'store', name), below(join(root, 'store', name)), content);
      return problem === undefined ? [] : [`store/${name}: ${problem}`];
    });
}

function difference(
  folder: string,
  present: readonly string[],
  wanted: ReadonlyMap<string, string>,
): string | undefined {
  const missing = [...wanted.keys()].filter((path) => !present.includes(path));
  if (missing.length > 0) return `${missing.join(', ')} missing`;
  const other = present.filter((path) => sha256(join(folder, path)) !== wanted.get(path));
  return other.length > 0 ? `${other.join(', ')} not as the artifact says` : undefined;
}

function isDocument(path: string): boolean {
  return /\.jsonl?$/.test(path);
}

/** A line that has no end yet is one that was being written. */
function unreadable(file: string): readonly string[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  const documents = file.endsWith('l') ? text.split('\n').slice(0, -1) : [text];
  return documents.some((document) => parse(document) === undefined) ? [`${file} does not parse`] : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Files below a folder, links not followed; relative. */
function below(folder: string): readonly string[] {
  return entries(folder).filter((path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile());
}

function entries(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? [entry.name, ...entries(join(folder, entry.name)).map((path) => `${entry.name}/${path}`)]
      : [entry.name],
  );
}
