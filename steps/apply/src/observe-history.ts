import { contractPath, type FilesPort, ok, type Provenance, type Result } from '@plumbline/contracts';

/** What earlier applies left written about this deploy root. */
export interface History {
  readonly instances: ReadonlyMap<string, string>;
  readonly unsettled: ReadonlySet<string>;
}

/** Reads the provenance of the current generation, and the journal. What is torn or missing tells nothing. */
export async function observeHistory(
  deployRoot: string,
  current: string | undefined,
  files: FilesPort,
): Promise<Result<History>> {
  const deployed =
    current === undefined ? ok(undefined) : await readIfThere(`${deployRoot}/${current}/provenance.json`, files);
  if (!deployed.ok) return deployed;
  const journal = await readIfThere(contractPath('deploy', 'journal', deployRoot), files);
  if (!journal.ok) return journal;
  return ok({ instances: instancesOf(deployed.value), unsettled: unsettledOf(journal.value ?? '') });
}

async function readIfThere(path: string, files: FilesPort): Promise<Result<string | undefined>> {
  const there = await files.stat(path);
  if (!there.ok) return there;
  return there.value === undefined ? ok(undefined) : files.readText(path);
}

function instancesOf(text: string | undefined): ReadonlyMap<string, string> {
  const deployed = text === undefined ? undefined : (parse(text) as Provenance | undefined);
  return new Map(Object.entries(deployed?.services ?? {}).map(([name, service]) => [name, service.instance]));
}

/** Services whose last start, replacement or wait in the journal did not end with `done`. Pure. */
export function unsettledOf(journal: string): ReadonlySet<string> {
  const unsettled = new Set<string>();
  for (const line of journal.split('\n')) {
    const entry = parse(line) as { op?: unknown; target?: unknown; stage?: unknown } | undefined;
    if (typeof entry?.target !== 'string' || !STARTS.includes(String(entry.op))) continue;
    if (entry.stage === 'done') unsettled.delete(entry.target);
    else unsettled.add(entry.target);
  }
  return unsettled;
}

const STARTS: readonly string[] = ['start', 'replace', 'await_ready'];

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
