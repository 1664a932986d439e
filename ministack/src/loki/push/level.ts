import type { Labels } from '../labels.ts';

const levelLabels = ['level', 'LEVEL', 'Level', 'severity', 'SEVERITY', 'Severity', 'lvl', 'LVL', 'Lvl'];

/**
 * The level that Loki 3.0.0 adds to a line, oddities included: JSON or logfmt that says info is taken for debug (mended
 * in 3.1, grafana/loki#12635), and a line that says nothing is info.
 */
export function levelOf(line: string, labels: Labels, metadata: Labels): string {
  for (const name of levelLabels) if (labels[name] !== undefined) return labels[name];
  for (const name of levelLabels) if (metadata[name] !== undefined) return metadata[name];
  const severity = metadata.severity_number;
  return severity === undefined ? fromLine(line) : fromSeverity(severity);
}

type Marks = readonly (readonly [RegExp, string])[];

const valueMarks: Marks = [
  [/:"(?:err|ERR|error|ERROR)"|=(?:err|ERR|error|ERROR)/, 'error'],
  [/:"(?:warn|WARN|warning|WARNING)"|=(?:warn|WARN|warning|WARNING)/, 'warn'],
  [/:"(?:critical|CRITICAL)"|=(?:critical|CRITICAL)/, 'critical'],
  [/:"(?:debug|DEBUG)"|=(?:debug|DEBUG)/, 'debug'],
  [/:"(?:info|INFO)"|=(?:info|INFO)/, 'debug'],
];

const textMarks: Marks = [
  [/err:|ERR:|error|ERROR/, 'error'],
  [/warn:|WARN:|warning|WARNING/, 'warn'],
  [/critical:|CRITICAL:/, 'critical'],
  [/debug:|DEBUG:/, 'debug'],
];

function fromLine(line: string): string {
  return (
    valueMarks.find(([mark]) => mark.test(line))?.[1] ?? textMarks.find(([mark]) => mark.test(line))?.[1] ?? 'info'
  );
}

/** OpenTelemetry's severity numbers, four to a level; those of fatal are not told apart from unknown higher ones. */
function fromSeverity(text: string): string {
  const n = Number(text);
  if (!Number.isInteger(n)) return 'info';
  if (n <= 0) return 'unknown';
  return ['trace', 'debug', 'info', 'warn', 'error', 'fatal'][Math.floor((n - 1) / 4)] ?? 'unknown';
}
