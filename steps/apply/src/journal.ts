import {
  type ClockPort,
  contractPath,
  type FilesPort,
  isoTime,
  type JournalEntry,
  type Result,
} from '@plumbline/contracts';

/** What the journal of a deploy root tells. */
export interface Journal {
  /** The deployment that was begun last and of which nobody knows how it ended: it was killed. */
  readonly open?: { readonly run: string; readonly generation: string };
  /** Runs that have begun to change something here, each with the generation that it last did so for. */
  readonly runs: ReadonlyMap<string, string>;
  /** Services whose last start, replacement or wait did not end well: nobody knows that they are ready. */
  readonly unsettled: ReadonlySet<string>;
  /** Services whose changed files were put right, and that were not started since: they may have loaded what was there. */
  readonly suspect: ReadonlySet<string>;
  /** Its last line was cut off: what is added must begin a line of its own. */
  readonly torn: boolean;
}

const STARTS: readonly string[] = ['start', 'replace', 'await_ready'];

/** Reads a journal. A line that is not whole tells nothing: it was written before its operation began, or after it ended. Pure. */
export function readJournal(text: string): Journal {
  const runs = new Map<string, string>();
  const suspect = new Set<string>();
  const unsettled = new Set<string>();
  let open: Journal['open'];
  for (const line of text.split('\n')) {
    const entry = parse(line);
    if (entry === undefined) continue;
    const { run, generation, stage, op, target, outcome } = entry;
    if (stage === 'apply' && outcome !== 'begin') {
      open = undefined;
      continue;
    }
    open = { run, generation };
    if (op === undefined || target === undefined) continue;
    runs.set(run, generation);
    if (op === 'rewrite_store') suspect.add(target);
    if ((op === 'start' || op === 'replace') && outcome === 'done') suspect.delete(target);
    if (!STARTS.includes(op)) continue;
    if (outcome === 'done') unsettled.delete(target);
    else unsettled.add(target);
  }
  return {
    runs,
    unsettled,
    suspect,
    torn: text !== '' && !text.endsWith('\n'),
    ...(open === undefined ? {} : { open }),
  };
}

function parse(line: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(line) as JournalEntry | null;
    return typeof entry?.run === 'string' && typeof entry.stage === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** What a line says besides when, of which run and of which generation. */
export type Line = Pick<JournalEntry, 'stage' | 'outcome' | 'op' | 'target'>;

/** Adds a line, on the disk when it resolves: before a stage begins, and after it has ended. */
export type WriteJournal = (line: Line) => Promise<Result<void>>;

/** The journal of one apply. */
export function journalWriter(
  about: { readonly deployRoot: string; readonly run: string; readonly generation: string; readonly torn: boolean },
  { files, clock }: { readonly files: FilesPort; readonly clock: ClockPort },
): WriteJournal {
  const path = contractPath('deploy', 'journal', about.deployRoot);
  let start = about.torn ? '\n' : '';
  return (line) => {
    const { run, generation } = about;
    const entry: JournalEntry = { schema_version: '1', at: isoTime(clock.now()), run, generation, ...line };
    const text = `${start}${JSON.stringify(entry)}\n`;
    start = '';
    return files.append(path, text);
  };
}
