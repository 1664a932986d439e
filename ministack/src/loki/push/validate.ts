import type { Limits } from '../config/settings.ts';
import { type Labels, labelText, sorted } from '../labels.ts';

/** Why Loki refuses a stream or an entry: its text, and the reason that its metric of discarded lines carries. */
export interface Refusal {
  readonly message: string;
  readonly reason: string;
}

/** A label set that cannot even be written as `{name="value"}`: refused before anything of the push is kept. */
export function labelSyntaxError(labels: Labels): string | undefined {
  let col = 2;
  for (const [name, value] of Object.entries(sorted(labels))) {
    const bad = /^[^a-zA-Z_]|[^a-zA-Z0-9_]/.exec(name);
    if (name === '')
      return `couldn't parse labels: 1:${col}: parse error: unexpected "=" in label set, expected identifier or "}"`;
    if (bad)
      return `couldn't parse labels: 1:${col + bad.index}: parse error: unexpected character inside braces: '${bad[0]}'`;
    col += name.length + 1 + JSON.stringify(value).length + 2;
  }
  return undefined;
}

/** What is wrong with a stream's labels, as they were sent. */
export function labelsRefusal(labels: Labels, limits: Limits): Refusal | undefined {
  const names = Object.keys(labels);
  if (names.length === 0)
    return { message: 'error at least one label pair is required per stream', reason: 'missing_labels' };
  if (limits.maxLabelNames > 0 && names.length > limits.maxLabelNames) {
    return {
      message: `entry for stream '${labelText(labels)}' has ${names.length} label names; limit ${limits.maxLabelNames}`,
      reason: 'max_label_names_per_series',
    };
  }
  for (const [name, value] of Object.entries(sorted(labels))) {
    if (Buffer.byteLength(name) > limits.maxLabelNameLength) {
      return {
        message: `stream '${labelText(labels)}' has label name too long: '${name}'`,
        reason: 'label_name_too_long',
      };
    }
    if (Buffer.byteLength(value) > limits.maxLabelValueLength) {
      return {
        message: `stream '${labelText(labels)}' has label value too long: '${value}'`,
        reason: 'label_value_too_long',
      };
    }
  }
  return undefined;
}

/** What is wrong with one entry of a stream whose labels are right. */
export function entryRefusal(
  entry: { readonly ts: bigint; readonly line: string; readonly metadata: Labels },
  stream: string,
  limits: Limits,
  nowNs: bigint,
): Refusal | undefined {
  const oldest = nowNs - limits.rejectOldNs;
  if (limits.rejectOld && entry.ts < oldest) {
    return {
      message: `entry for stream '${stream}' has timestamp too old: ${rfc3339(entry.ts)}, oldest acceptable timestamp is: ${rfc3339(oldest)}`,
      reason: 'greater_than_max_sample_age',
    };
  }
  if (entry.ts > nowNs + limits.graceNs) {
    return {
      message: `entry for stream '${stream}' has timestamp too new: ${rfc3339(entry.ts)}`,
      reason: 'too_far_in_future',
    };
  }
  const length = Buffer.byteLength(entry.line);
  if (limits.maxLineSize > 0 && length > limits.maxLineSize) {
    return {
      message: `max entry size '${limits.maxLineSize}' bytes exceeded for stream '${stream}' while adding an entry with length '${length}' bytes`,
      reason: 'line_too_long',
    };
  }
  if (!limits.structuredMetadata && Object.keys(entry.metadata).length > 0) {
    return {
      message: `stream '${stream}' includes structured metadata, but this feature is disallowed. Please see \`limits_config.allow_structured_metadata\` or contact your Loki administrator to enable it.`,
      reason: 'disallowed_structured_metadata',
    };
  }
  return undefined;
}

/** Seconds are all that Loki shows of a time here; years that JavaScript cannot hold are shown as they came. */
function rfc3339(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return Number.isNaN(date.getTime()) ? `${ns}ns` : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
