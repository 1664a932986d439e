import { shown, textOf } from '@plumbline/formats/shown';
import type { Rule } from '../finding.ts';
import { isObject } from '../subject.ts';

/** Loki refuses less than a day, and takes 0 for "for ever". */
const SHORTEST = 24;
/** Five years: a number with a digit too many, or a disk that fills up. */
const LONGEST = 5 * 365 * 24;
const hoursOf: Readonly<Record<string, number>> = { h: 1, d: 24, w: 7 * 24, m: 30 * 24, y: 365 * 24 };

export const retention: Rule = {
  id: 'retention',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: `lines are kept at least ${SHORTEST}h, written in hours; more than ${LONGEST}h is a warning`,
  check: ({ config }) => {
    const given = isObject(config.limits) ? config.limits.retention : undefined;
    if (given === undefined) return [];
    const [, digits, unit = ''] = /^(\d+)([hdwmy])$/.exec(textOf(given)) ?? [];
    const hours = digits === undefined ? undefined : Number(digits) * (hoursOf[unit] ?? 1);
    const finding = (why: string, value: number, severity: 'error' | 'warning' = 'error') => [
      {
        path: ['limits', 'retention'],
        severity,
        message: `limits.retention is ${shown(given)}: ${why}`,
        patch: [{ op: 'replace', path: '/limits/retention', value: `${value}h` }] as const,
      },
    ];
    if (hours === undefined) return finding('it is no number of hours, such as "720h"', 720);
    if (hours < SHORTEST) return finding(`the store keeps lines at least ${SHORTEST}h`, hours === 0 ? 720 : SHORTEST);
    if (unit !== 'h') return finding('it is written in hours', hours);
    return hours > LONGEST ? finding(`more than ${LONGEST}h, five years, is hardly meant`, LONGEST, 'warning') : [];
  },
};
