import { execFileSync, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { notePrinted } from '../support/raised-codes.ts';

const root = join(import.meta.dirname, '../..');

/** What the launcher and npm call, besides node. There is no pnpm and no corepack among it. */
const tools = ['sh', 'env', 'find', 'flock', 'readlink', 'cmp', 'cp', 'rm', 'mv', 'mkdir', 'tail', 'head', 'npm'];

/** Copies what git would put into a checkout, with what is not committed yet. */
export function copyCheckout(to: string): string {
  const list = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  for (const path of list.split('\0')) {
    // A file may be deleted and that not be committed yet.
    if (path !== '' && existsSync(join(root, path))) cpSync(join(root, path), join(to, path));
  }
  return to;
}

/** A folder for PATH that holds the tools alone, and the node that is given as a script, or the one that runs this. */
export function toolFolder(dir: string, { node, without }: { node?: string; without?: string } = {}): string {
  mkdirSync(dir, { recursive: true });
  for (const tool of tools) if (tool !== without) symlinkSync(which(tool), join(dir, tool));
  if (without === 'node') return dir;
  if (node === undefined) symlinkSync(process.execPath, join(dir, 'node'));
  else writeFileSync(join(dir, 'node'), node);
  if (node !== undefined) chmodSync(join(dir, 'node'), 0o755);
  return dir;
}

function which(tool: string): string {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(dir, tool);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${tool} is not on the PATH`);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Start {
  readonly path: string;
  readonly cwd: string;
  /** Called with each piece of stderr and the group that the process leads. */
  readonly watch?: (piece: string, group: number) => void;
}

/** Starts a program with nothing on stdin, not even an open file, and waits for its end. */
export async function start(program: string, args: readonly string[], { path, cwd, watch }: Start): Promise<Ended> {
  const child = spawn('/bin/sh', ['-c', 'exec "$0" "$@" <&-', program, ...args], {
    cwd,
    detached: true,
    // CDPATH makes a careless `cd` print where it went, or go elsewhere.
    env: { ...process.env, PATH: path, CDPATH: `/:${cwd}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (watch) child.stderr.on('data', (piece: Buffer) => watch(piece.toString(), child.pid!));
  const ended = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  notePrinted(stdout);
  notePrinted(stderr);
  return { code, stdout, stderr };
}
