import { hintOf, placeText } from '@plumbline/contracts';
import type { Fixed } from './fix.ts';
import type { Placed } from './lint-config.ts';

/** What lint found and mended, for people. Pure. */
export function lintText({ subject, applied, left }: Fixed): string {
  const mended = applied.map((one) => {
    const hint = one.hint === undefined ? '' : `\n  hint: ${one.hint}`;
    return `fixed ${one.rule}: ${one.message}\n  patch: ${JSON.stringify(one.patch)}${hint}`;
  });
  const found = left.map((one) => {
    const patch = one.patch === undefined ? '' : `\n  patch: ${JSON.stringify(one.patch)}`;
    const head = `${one.severity} ${one.rule} ${one.code}: ${one.message}`;
    return `${head}\n  at ${placeText(one.place)}\n  hint: ${hintOf(one)}${patch}`;
  });
  return [...mended, ...found, `${subject.file}: ${counted(left)}`].join('\n');
}

function counted(left: readonly Placed[]): string {
  if (left.length === 0) return 'nothing to mend';
  const errors = left.filter(({ severity }) => severity === 'error').length;
  const patched = [...new Set(left.filter(({ patch }) => patch !== undefined).map(({ rule }) => rule))];
  const mendable = patched.length === 0 ? '' : `; \`config lint PATH --fix ${patched.join(' ')}\` applies the patches`;
  return `${plural(errors, 'error')}, ${plural(left.length - errors, 'warning')}${mendable}`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
