import { docsOf, type ErrorCode, type Summary, taxonomy } from '@plumbline/contracts';
import { table } from './output.ts';

const HEAD_DIGITS = 12;

/** The end of a run, for people; `head` is the hash of its record, where it has just been appended. Pure. */
export function summaryForPeople(summary: Summary, head?: string): string {
  const { pipeline, environment, status, exit_code, duration_ms, run_id } = summary;
  const parts = [
    `${status}: ${pipeline} ${environment}, ${(duration_ms / 1000).toFixed(1)} s, exit ${exit_code}, run ${run_id}`,
    '',
    indent(table([['step', 'status', 'what it says'], ...rows(summary)])),
    ...changes(summary),
    ...paths(summary),
    ...levels(summary),
    ...block('errors', summary.errors.map(told)),
    ...block('proved', summary.proved),
    ...block(
      'lines found by query',
      summary.samples.map((sample) => `${sample.stream}\n    ${sample.at}  ${sample.line}`),
    ),
    ...block('only a stand-in', standIns(summary)),
    ...block('next', summary.next),
    ...(head === undefined ? [] : ['', `record: ${head.slice(0, HEAD_DIGITS)}, the head of runs.jsonl`]),
  ];
  return parts.join('\n');
}

function told({ code, bucket, message, place, hint }: Summary['errors'][number]): string {
  const lines = [`${code} (${bucket}): ${message}`];
  if (place !== undefined) lines.push(`at ${place}`);
  lines.push(`hint: ${hint}`);
  // A command that writes its own report may have a code of its own, which no page tells of.
  if (Object.hasOwn(taxonomy.errors, code)) lines.push(`docs: ${docsOf(code as ErrorCode)}`);
  return lines.join('\n    ');
}

/** A step for which there was nothing to do would only be in the way, and so would cells of which there is nothing to say. */
function rows({ steps }: Summary): readonly (readonly string[])[] {
  return steps
    .filter((step) => step.not_needed !== true)
    .filter(({ cell_of, status }) => cell_of === undefined || (status !== 'pass' && status !== 'skipped'))
    .map(({ id, status, summary, superseded_by: by }) => [
      id,
      status,
      by === undefined ? summary : `${summary} (done again: ${by})`,
    ]);
}

/** Where everything is, or would be. */
function paths({ paths: map = {} }: Summary): readonly string[] {
  const rows = Object.entries(map);
  return rows.length === 0 ? [] : ['', indent(table([['path', 'on this host'], ...rows]))];
}

/** The services that something is done about; of those that are kept there is nothing to say. */
function changes({ services = [] }: Summary): readonly string[] {
  const told = services
    .filter(({ change }) => change !== 'keep')
    .map(({ service, change, cause, irreversible }) => [
      service,
      irreversible === true ? `${change}, irreversible` : change,
      cause,
    ]);
  return told.length === 0 ? [] : ['', indent(table([['service', 'change', 'why'], ...told]))];
}

function levels({ levels: found }: Summary): readonly string[] {
  if (found.length === 0) return [];
  const rows = found.map(({ id, title, verdict, says }) => [`${id} ${title}`, verdict, says]);
  return ['', indent(table([['level', 'verdict', 'what it says'], ...rows]))];
}

function standIns({ stand_ins, engine }: Summary): readonly string[] {
  if (stand_ins.length === 0) return [];
  const names = listed(stand_ins);
  const own = `${names}: Plumbline's own programs, which speak the real APIs and read the real configuration files`;
  if (engine !== 'embedded') return [own];
  return [
    `${own}; no container ran`,
    'they run under one supervisor process of this host, until `./plumb down` or a reboot',
  ];
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function block(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `${title}:`, ...items.map((item) => `  ${item}`)];
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
