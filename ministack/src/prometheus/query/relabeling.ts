import { compileRe2 } from '@plumbline/formats/re2';
import { expand } from '../../alloy/pipeline/expand.ts';
import { labelsOf } from '../labels.ts';
import { QueryFault, type Sample } from './value.ts';

const validName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** label_replace(v, dst, replacement, src, regex) */
export function labelReplace(samples: readonly Sample[], args: readonly string[]): readonly Sample[] {
  const [to = '', replacement = '', from = '', pattern = ''] = args;
  const regex = compileRe2(pattern, { full: true });
  if (!regex.ok) throw new QueryFault(`invalid regular expression in label_replace(): ${pattern}`);
  if (!validName.test(to)) throw new QueryFault(`invalid destination label name in label_replace(): ${to}`);
  return samples.map(({ labels, value }) => {
    const match = regex.value.exec(labels[from] ?? '');
    if (match === null) return { labels, value };
    return { labels: labelsOf(Object.entries({ ...labels, [to]: expand(replacement, match) })), value };
  });
}

/** label_join(v, dst, separator, src...) */
export function labelJoin(samples: readonly Sample[], args: readonly string[]): readonly Sample[] {
  const [to = '', separator = '', ...from] = args;
  const bad = from.find((name) => !validName.test(name));
  if (bad !== undefined) throw new QueryFault(`invalid source label name in label_join(): ${bad}`);
  if (!validName.test(to)) throw new QueryFault(`invalid destination label name in label_join(): ${to}`);
  return samples.map(({ labels, value }) => {
    const joined = from.map((name) => labels[name] ?? '').join(separator);
    return { labels: labelsOf(Object.entries({ ...labels, [to]: joined })), value };
  });
}
