import type { RunEvent, StepEvent, StepStatus } from '@plumbline/contracts';

/** What is known of a step while its run goes on. */
interface Row {
  readonly id: string;
  readonly waitsFor: readonly string[];
  /** The step whose cell it is. */
  readonly parent?: string;
  readonly startedAt?: number;
  readonly until?: string;
  /** What it does, or waits for. */
  readonly doing?: string;
  readonly status?: StepStatus;
  readonly summary?: string;
  readonly durationMs?: number;
  /** There was nothing for it to do: it would only be in the way. */
  readonly hidden?: boolean;
}

/** A run as a reader sees it. */
export interface Live {
  title: string;
  readonly rows: Map<string, Row>;
}

/** How the reader's screen is. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
}

/** Before the first event. */
export function nothingYet(): Live {
  return { title: '', rows: new Map() };
}

/** Takes in one event. */
export function see(live: Live, event: RunEvent, now: number): void {
  if (event.type === 'run_started') {
    const waits = event.waits_for ?? {};
    live.title = `${event.pipeline} ${event.environment} (engine ${event.engine}, run ${event.run_id})`;
    for (const id of event.steps) put(live, id, { waitsFor: waits[id] ?? [] });
    for (const id of event.steps)
      for (const cell of waits[id] ?? []) if (cell.startsWith(`${id}-`)) put(live, cell, { parent: id });
  }
  if (event.type === 'step_started')
    put(live, event.step, { startedAt: now, ...(event.until === undefined ? {} : { until: event.until }) });
  if (event.type === 'step_event') put(live, event.step, { doing: doing(event.event) });
  if (event.type === 'step_ended') {
    const { status, summary, duration_ms: durationMs, not_needed: hidden = false } = event;
    put(live, event.step, { status, summary, durationMs, hidden });
  }
}

function doing(event: StepEvent): string {
  switch (event.type) {
    case 'progress':
      return event.text;
    case 'operation':
      return `${event.operation.op} ${event.operation.target}`;
    case 'check':
      return event.check.id;
    case 'waiting':
      return `waiting for ${event.text}${event.until === undefined ? '' : `, until ${event.until.slice(11, 19)} UTC`}`;
  }
}

function put(live: Live, id: string, known: Partial<Row>): void {
  live.rows.set(id, { id, waitsFor: [], ...live.rows.get(id), ...known });
}

const marks: Readonly<Record<StepStatus, readonly [string, number]>> = {
  pass: ['✔', 32],
  warn: ['!', 33],
  fail: ['✖', 31],
  unknown: ['?', 31],
  skipped: ['-', 90],
  crashed: ['✖', 31],
  cancelled: ['✖', 33],
};

/** The lines of one picture, none wider than the screen, not more than fit on it. Pure. */
export function frame(live: Live, now: number, screen: Screen): readonly string[] {
  const rows = inOrder(live);
  const fit = Math.max(3, screen.rows - 3);
  const open = rows.filter((row) => row.status === undefined);
  const active = open.filter((row) => row.startedAt !== undefined);
  const bad = rows.filter((row) => row.status !== undefined && !['pass', 'skipped'].includes(row.status));
  const shown = rows.length <= fit ? rows : [...bad.slice(0, fit - active.length), ...active].slice(0, fit);
  const width = Math.max(0, ...shown.map((row) => row.id.length + indent(row).length));
  const lines = shown.map((row) => line(row, live, now, width, screen));
  const more = rows.length - shown.length;
  const done = rows.length - open.length;
  return [
    cut(live.title, screen.columns),
    ...lines,
    ...(more > 0 ? [cut(`  … ${done} of ${rows.length} steps have ended`, screen.columns)] : []),
  ];
}

/** A step with a matrix comes before its cells. */
function inOrder({ rows }: Live): readonly Row[] {
  const all = [...rows.values()].filter((row) => row.hidden !== true);
  const cells = new Map<string, Row[]>();
  for (const row of all) {
    if (row.parent === undefined) continue;
    const others = cells.get(row.parent);
    if (others === undefined) cells.set(row.parent, [row]);
    else others.push(row);
  }
  return all.filter((row) => row.parent === undefined).flatMap((row) => [row, ...(cells.get(row.id) ?? [])]);
}

function indent(row: Row): string {
  return row.parent === undefined ? '' : '  ';
}

function line(row: Row, live: Live, now: number, width: number, { columns, color }: Screen): string {
  const [mark, tint] = row.status === undefined ? [row.startedAt === undefined ? '·' : '▸', 36] : marks[row.status];
  const name = `${indent(row)}${row.id}`.padEnd(width);
  const text = cut(`${mark} ${name}  ${says(row, live, now)}`, columns);
  return color ? `\u001b[${tint}m${text.slice(0, 1)}\u001b[0m${text.slice(1)}` : text;
}

function says(row: Row, live: Live, now: number): string {
  if (row.status !== undefined) return `${row.status}, ${row.summary ?? ''} (${seconds(row.durationMs ?? 0)})`;
  if (row.startedAt === undefined) {
    const left = row.waitsFor.filter((id) => live.rows.get(id)?.status === undefined);
    return left.length === 0 ? 'ready' : `waits for ${left.join(', ')}`;
  }
  const limit = row.until === undefined ? '' : `, limit ${row.until.slice(11, 19)} UTC`;
  return `${row.doing ?? 'at work'} (${seconds(now - row.startedAt)}${limit})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function cut(text: string, columns: number): string {
  const one = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return one.length < columns ? one : `${one.slice(0, Math.max(0, columns - 2))}…`;
}
