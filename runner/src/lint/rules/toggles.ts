import { pointerOf } from '@plumbline/formats/json-patch';
import { shown } from '@plumbline/formats/shown';
import type { Path, Rule, Subject } from '../finding.ts';
import { isObject, sourcesOf } from '../subject.ts';

const yes: ReadonlySet<unknown> = new Set(['true', 'yes', 'on', '1', 1, 'enabled']);

export const toggleBoolean: Rule = {
  id: 'toggle-boolean',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'a toggle is true or false, without quotes',
  check: (subject) =>
    togglesOf(subject).flatMap(({ path, value }) => {
      if (value === undefined || typeof value === 'boolean') return [];
      const on = yes.has(typeof value === 'string' ? value.toLowerCase() : value);
      const message = `${path.join('.')} is ${shown(value)}; ${toggleBoolean.summary}`;
      return [{ path, message, patch: [{ op: 'replace', path: pointerOf(path), value: on }] }];
    }),
};

function togglesOf(subject: Subject): readonly { readonly path: Path; readonly value: unknown }[] {
  const { checks } = subject.config;
  const asked = isObject(checks) ? checks : {};
  return [
    ...['firewall', 'journal'].map((name) => ({ path: ['checks', name], value: asked[name] })),
    ...sourcesOf(subject).map(([n, source]) => ({
      path: ['sources', n, 'filename_label'],
      value: source.filename_label,
    })),
  ];
}
