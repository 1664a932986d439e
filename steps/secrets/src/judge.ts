import {
  type Check,
  type CheckedSecret,
  contractPath,
  type Failure,
  failure,
  notPassed,
  passed,
} from '@plumbline/contracts';
import type { SecretsOp } from './plan.ts';

/** A check for each file that was looked at, and one for each secret that is not there. Pure. */
export function judge(
  checked: readonly CheckedSecret[],
  missing: readonly SecretsOp[],
  deployRoot: string,
): readonly Check[] {
  const folder = contractPath('deploy', 'secrets', deployRoot);
  const found = checked.map(({ path, mode, uid, verdict }) => {
    const name = path.slice(folder.length + 1) || 'folder';
    const id = `secrets.${name.replaceAll('/', '.')}`;
    const evidence = { path, mode: mode?.toString(8) ?? 'unknown', uid: uid ?? null };
    if (verdict.ok) return passed({ id, summary: `${name} is its owner's alone`, evidence });
    const unlooked = verdict.failure.code === 'E_ENV_UNREADABLE';
    return notPassed(
      { id, summary: verdict.failure.message, evidence },
      unlooked ? 'unknown' : 'fail',
      verdict.failure,
    );
  });
  return [...found, ...missing.flatMap((op) => absent(op, folder))];
}

/** The check of a run that could not write what it had to. */
export function notMade(cause: Failure): Check {
  return notPassed({ id: 'secrets.made', summary: cause.message }, 'fail', cause);
}

function absent(op: SecretsOp, folder: string): readonly Check[] {
  if (op.op !== 'write_secret' || op.from !== undefined) return [];
  const { service, name } = op;
  const hint = '`./plumb secrets generate` makes it, and so does `./plumb up`';
  const file = `${folder}/${service}`;
  const cause = failure('E_CONFIG_NOT_FOUND', `${name} of ${service} is not there yet`, { place: { file }, hint });
  return [notPassed({ id: `secrets.${service}.${name}`, summary: cause.message }, 'fail', cause)];
}
