import { bytesOf, type LabelFilter, parseGoDuration, type Stage } from '@plumbline/formats/logql';
import { type Labels, labelOf } from '../labels.ts';
import { type Extracted, jsonLabels, logfmtLabels } from './parsers.ts';

/** A line with its labels: those of the stream, and over them what metadata and parsers add. */
export interface Row {
  readonly line: string;
  readonly labels: Labels;
}

/** Sends a line through the stages; undefined where a filter stops it. `stream` are the labels that parsers may not replace. */
export function runStages(stages: readonly Stage[], stream: Labels, row: Row): Row | undefined {
  let { line, labels } = row;
  for (const stage of stages) {
    switch (stage.kind) {
      case 'line':
        if (!stage.test(line)) return undefined;
        break;
      case 'json':
        labels = extended(labels, stream, jsonLabels(line));
        break;
      case 'logfmt':
        labels = extended(labels, stream, logfmtLabels(line));
        break;
      case 'label': {
        const judged = holds(stage.filter, labels);
        if (judged === false) return undefined;
        if (judged === 'error') labels = { ...labels, __error__: 'LabelFilterErr' };
        break;
      }
      case 'drop':
        labels = Object.fromEntries(Object.entries(labels).filter(([name]) => !stage.names.includes(name)));
        break;
      case 'keep':
        labels = Object.fromEntries(Object.entries(labels).filter(([name]) => stage.names.includes(name)));
        break;
      case 'line_format':
        line = stage.parts.map((part) => ('text' in part ? part.text : (labelOf(labels, part.label) ?? ''))).join('');
        break;
    }
  }
  return { line, labels };
}

/** A parsed name that the stream has too is kept beside it; one that metadata has replaces that. */
function extended(labels: Labels, stream: Labels, found: Extracted): Labels {
  const out: Record<string, string> = { ...labels };
  for (const [name, value] of Object.entries(found.labels))
    out[labelOf(stream, name) === undefined ? name : `${name}_extracted`] = value;
  if (found.error !== undefined) out.__error__ = found.error;
  return out;
}

function holds(filter: LabelFilter, labels: Labels): boolean | 'error' {
  if (filter.kind === 'match') return filter.matcher.test(labelOf(labels, filter.matcher.name) ?? '');
  if (filter.kind === 'compare') return compares(filter, labels);
  const left = holds(filter.left, labels);
  if (filter.kind === 'and' && left === false) return false;
  if (filter.kind === 'or' && left !== false) return left;
  const right = holds(filter.right, labels);
  return right === false ? false : left === 'error' ? 'error' : right;
}

/** An absent label is let through by no comparison; one that is no number is let through and marked, as in Loki. */
function compares(filter: Extract<LabelFilter, { kind: 'compare' }>, labels: Labels): boolean | 'error' {
  const text = labelOf(labels, filter.name);
  if (text === undefined) return false;
  const value = filter.unit === 'duration' ? seconds(text) : filter.unit === 'bytes' ? bytesOf(text) : number(text);
  if (Number.isNaN(value)) return 'error';
  const { op, value: wanted } = filter;
  if (op === '==') return value === wanted;
  if (op === '!=') return value !== wanted;
  if (op === '>') return value > wanted;
  if (op === '>=') return value >= wanted;
  return op === '<' ? value < wanted : value <= wanted;
}

function number(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

function seconds(text: string): number {
  const ns = parseGoDuration(text);
  return ns === undefined ? Number.NaN : Number(ns) / 1e9;
}
