import type { Finding, Said } from './seen.ts';

/** A program by what it said of itself. One that is there and does not answer is `missing` too: it cannot be used. */
export function judgeTool(id: string, said: Said, needed_by: readonly string[], mend: string): Finding {
  switch (said.kind) {
    case 'said':
      return { id, verdict: 'ok', needed_by, says: said.text };
    case 'absent':
      return { id, verdict: 'missing', needed_by, says: 'not on the PATH', mend };
    case 'refused':
      return { id, verdict: 'missing', needed_by, says: said.why, mend };
    case 'unseen':
      return { id, verdict: 'unknown', needed_by, says: said.why, mend };
  }
}

/** Node against the oldest that will do, written as in package.json: `>=20.19.0`. */
export function judgeNode(version: string, range: string, needed_by: readonly string[]): Finding {
  const oldest = range.replace(/^>=/, '');
  if (isAtLeast(version, oldest)) return { id: 'node', verdict: 'ok', needed_by, says: version };
  const says = `${version}, older than ${oldest}`;
  return { id: 'node', verdict: 'missing', needed_by, says, mend: 'sudo npm install --global n && sudo n lts' };
}

function isAtLeast(version: string, oldest: string): boolean {
  const [left, right] = [version, oldest].map((text) => text.split('.').map(Number));
  for (const [index, least] of (right ?? []).entries()) {
    const own = left?.[index] ?? 0;
    if (own !== least) return own > least;
  }
  return true;
}
