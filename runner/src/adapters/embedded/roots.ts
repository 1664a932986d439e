import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { isSameDirectory } from '../same-directory.ts';
import { announced } from './find-supervisor.ts';
import { supervisorProgram } from './programs.ts';

/**
 * The deploy roots from which services of a compose project run: those of this user's supervisors that hold their lock
 * and say so. The one that `own` leads to has that name.
 */
export function rootsOf(project: string, own: string): readonly string[] {
  const roots = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const root = rootOf(pid);
      const said = root === undefined ? undefined : announced(root);
      return root !== undefined && said?.pid === Number(pid) && said.projects.includes(project) ? [root] : [];
    });
  return [...new Set(roots.map((root) => (isSameDirectory(root, own) ? own : root)))].sort();
}

/** The deploy root of a process that is a supervisor of this user, of whatever build and checkout. */
function rootOf(pid: string): string | undefined {
  try {
    if (statSync(`/proc/${pid}`).uid !== process.getuid?.()) return undefined;
    const [, program = '', root = '', ...more] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const isSupervisor = basename(program) === basename(supervisorProgram()) && more.length === 1;
    return isSupervisor && isAbsolute(root) ? root : undefined;
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
