import { named, shown } from '@plumbline/formats/shown';
import { placeholder } from '../defaults.ts';
import type { Path, Rule } from '../finding.ts';

export const placeholders: Rule = {
  id: 'placeholder',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'no value is still a CHOOSE_… or CHANGE_ME that waits for you',
  check: ({ config }) =>
    stringsOf(config, []).flatMap(({ path, text }) => {
      const left = placeholder.exec(text)?.[1];
      if (left === undefined) return [];
      return [
        {
          path,
          message: `${named(path.join('.'))} is ${shown(text)}: ${left} waits for a value of yours`,
          hint: 'write the value that is meant',
        },
      ];
    }),
};

function stringsOf(value: unknown, path: Path): readonly { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, n) => stringsOf(item, [...path, n]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => stringsOf(item, [...path, key]));
}
