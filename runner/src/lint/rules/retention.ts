import { parseGoDuration } from '@plumbline/formats/go-duration';
import { shown, textOf } from '@plumbline/formats/shown';
import type { Rule } from '../finding.ts';
import { isObject } from '../subject.ts';

/** Loki refuses less than a day, and takes 0 for "for ever". */
const SHORTEST = 24;
/** Five years: a number with a digit too many, or a disk that fills up. */
const LONGEST = 5 * 365 * 24;
/** A duration of Go is 63 bits of nanoseconds: Loki does not start with more hours than these. */
const MOST = 2_562_047;
const HOUR_MS = 3_600_000;
const hoursOf: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24, m: 30 * 24, y: 365 * 24 };

export const retention: Rule = {
  id: 'retention',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: `lines are kept at least ${SHORTEST}h, written in hours; more than ${LONGEST}h is a warning`,
  check: ({ config }) => {
    const given = isObject(config.limits) ? config.limits.retention : undefined;
    if (given === undefined) return [];
    const text = textOf(given);
    const hours = read(text.trim().toLowerCase());
    const finding = (why: string, value: number | undefined, severity: 'error' | 'warning' = 'error') => [
      {
        path: ['limits', 'retention'],
        severity,
        message: `limits.retention is ${shown(given)}: ${why}`,
        ...(value === undefined
          ? {}
          : { patch: [{ op: 'replace', path: '/limits/retention', value: `${value}h` }] as const }),
      },
    ];
    // A number without its unit is of hours or of days: what is shorter than was meant would lose lines.
    if (hours === undefined)
      return finding('it is no number of hours, such as "720h"', /\d/.test(text) ? undefined : 720);
    if (hours > MOST) return finding(`the store takes ${MOST}h at most`, LONGEST);
    if (hours < SHORTEST) return finding(`the store keeps lines at least ${SHORTEST}h`, hours === 0 ? 720 : SHORTEST);
    if (!/^\d+h$/.test(text)) return finding('it is written in hours', hours);
    return hours > LONGEST ? finding(`more than ${LONGEST}h, five years, is hardly meant`, LONGEST, 'warning') : [];
  },
};

/** The hours of a text such as `30d`, or of a duration of Go, such as `720h0m0s`; a part of an hour counts as one. */
function read(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([hdwmy])$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits) * (hoursOf[unit] ?? 1);
  const duration = parseGoDuration(text);
  return duration.ok ? Math.ceil(duration.value / HOUR_MS) : undefined;
}
