import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact, RunEvent } from '@plumbline/contracts';
import type { Deployment } from './deployment.ts';

/** A run that is watched from outside, by the files that it leaves. */
export interface Watched {
  /** Its folder, as soon as there is one. */
  folder(): string | undefined;
  events(): string;
  /** The lines that it has added to the journal of the deploy root. */
  journal(): readonly string[];
  artifact(): Artifact | undefined;
}

/** Watches for the run that is started next. */
export function watchNextRun(d: Deployment): Watched {
  const runs = join(d.root, 'out/runs');
  const list = () => (existsSync(runs) ? readdirSync(runs) : []);
  const known = new Set(list());
  const journal = () => textOf(join(d.deployRoot, 'journal.jsonl'));
  const before = journal().length;
  let own: string | undefined;
  const folder = () => {
    own ??= list().find((name) => !known.has(name));
    return own === undefined ? undefined : join(runs, own);
  };
  const read = (name: string) => {
    const at = folder();
    return at === undefined ? '' : textOf(join(at, name));
  };
  return {
    folder,
    events: () => read('events.jsonl'),
    journal: () => journal().slice(before).split('\n').filter(Boolean),
    artifact() {
      const text = read('artifact.json');
      return text === '' ? undefined : (JSON.parse(text) as Artifact);
    },
  };
}

/** Whether a run is between its first event and its last one. */
export function isUnderWay(run: Watched): boolean {
  const events = run.events();
  return events.includes('"type":"run_started"') && !events.includes('"type":"run_ended"');
}

/** How far a run had come: `before`, the step that was at work, `between` steps, `ending`. Of apply also what it did. */
export function stageOf(run: Watched): string {
  const events = parseLines(run.events()) as unknown as readonly RunEvent[];
  if (!events.some((event) => event.type === 'run_started')) return 'before';
  if (events.some((event) => event.type === 'run_ended')) return 'ending';
  const open = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'step_started') open.set(event.step, event.uses);
    if (event.type === 'step_ended') open.delete(event.step);
  }
  const [uses] = open.values();
  if (uses !== 'apply') return uses ?? 'between';
  const last = events.findLast((event) => event.type === 'step_event');
  return `apply: ${doing(run.journal().at(-1), last?.type === 'step_event' && last.event.type === 'waiting')}`;
}

/** What the last line of the journal is about, whatever its operations are called. */
function doing(line: string | undefined, waits: boolean): string {
  const { op = '', stage = '' } = parseLines(`${line ?? ''}\n`)[0] ?? {};
  const words = `${op} ${stage}`;
  if (/flip|commit/.test(words)) return 'flipping';
  if (/await|ready/.test(words)) return 'waiting';
  if (/write/.test(words)) return 'writing';
  if (/start|replace|stop|\bup\b/.test(words)) return waits ? 'waiting' : 'starting';
  return 'planning';
}

function parseLines(text: string): readonly Record<string, string>[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, string>];
    } catch {
      return [];
    }
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
