import { execFileSync } from 'node:child_process';

/** For tests: a FIFO, at which a reader would wait for a writer. */
export function makeFifo(path: string): void {
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', path]);
}
