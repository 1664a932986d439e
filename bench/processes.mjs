// The processes of a deployed stack, as /proc shows them.
import { readdirSync, readFileSync } from 'node:fs';

const script = /ministack\/dist\/([a-z-]+)\.js$/;

/** The supervisor of the stack that is deployed below a folder, and the stand-ins that it started: name and peak memory. */
export function stackProcesses(folder) {
  const processes = nodeProcesses();
  const supervisors = processes.filter(({ name, words }) => name === 'supervisor' && words.includes(folder));
  const pids = new Set(supervisors.map(({ pid }) => pid));
  // A stand-in need not name the folder: what it needs no file for is told none.
  const standIns = processes.filter(({ parent }) => pids.has(parent));
  return [...supervisors, ...standIns.sort((a, b) => a.name.localeCompare(b.name))];
}

function nodeProcesses() {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const name = words.flatMap((word) => script.exec(word)?.[1] ?? [])[0];
        if (name === undefined) return [];
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const number = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
        return [{ pid: Number(pid), parent: number('PPid'), name, words: words.join(' '), kb: number('VmHWM') }];
      } catch {
        // It ended meanwhile, or is another user's.
        return [];
      }
    });
}
