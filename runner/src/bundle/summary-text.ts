import type { Summary } from '@plumbline/contracts';

/** summary.md: the summary for people, as plain Markdown. Pure. */
export function summaryText(summary: Summary): string {
  const { run_id, pipeline, environment, engine, status, exit_code, duration_ms, checks } = summary;
  const lines = [
    `# ${pipeline} ${environment}: ${status}`,
    '',
    `Run ${run_id}, engine ${engine}, ${(duration_ms / 1000).toFixed(1)} s, exit ${exit_code}.`,
    `Checks: ${checks.pass} pass, ${checks.warn} warn, ${checks.fail} fail, ${checks.unknown} unknown, ${checks.skipped} skipped.`,
    '',
    '| step | status | what it says |',
    '|---|---|---|',
    ...summary.steps
      .filter((step) => step.not_needed !== true)
      .map((step) => `| ${step.id} | ${step.status} | ${cell(step.summary)} |`),
    ...changes(summary),
    ...(summary.levels.length === 0 ? [] : ['', '| level | verdict | what it says |', '|---|---|---|']),
    ...summary.levels.map(({ id, title, verdict, says }) => `| ${id} ${title} | ${verdict} | ${cell(says)} |`),
    ...section(
      'Errors',
      summary.errors.map(
        (error) =>
          `${error.code} (${error.bucket}): ${error.message}${error.place === undefined ? '' : ` at ${error.place}`}. ${error.hint}`,
      ),
    ),
    ...section('Proved', summary.proved),
    ...section(
      'Lines found by query',
      summary.samples.map((sample) => `${sample.at} ${sample.stream}\n\n      ${sample.line}\n`),
    ),
    ...section(
      'Stand-ins',
      summary.stand_ins.map((name) => `${name}: Plumbline's own stand-in ran in its place`),
    ),
    ...section('Next', summary.next),
  ];
  return `${lines.join('\n')}\n`;
}

function changes({ services = [] }: Summary): readonly string[] {
  const told = services.filter(({ change }) => change !== 'keep');
  if (told.length === 0) return [];
  return [
    '',
    '| service | change | why |',
    '|---|---|---|',
    ...told.map(
      ({ service, change, cause, irreversible }) =>
        `| ${service} | ${irreversible === true ? `${change}, irreversible` : change} | ${cell(cause)} |`,
    ),
  ];
}

function section(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', `## ${title}`, '', ...items.map((item) => `- ${item}`)];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
