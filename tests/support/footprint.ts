import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listeningPorts } from '../../runner/src/adapters/listening-ports.ts';
import { type Deployment, processesNaming } from './deployment.ts';

/** What a run may change at all times: its evidence. What services write themselves while they run is theirs. */
const exempt =
  /^(out\/(runs|runs\.jsonl|\.append\.lock)|out\/deploy\/[^/]+\/(volumes|logs)|out\/deploy\/[^/]+\/supervisor\.log)(\/|$)/;

/** Everything of a deployment that a run could change: each file, process and port as one line. */
export async function footprint(d: Deployment): Promise<readonly string[]> {
  const pids = processesNaming(d.root);
  const own = new Set(Object.values(d.ports));
  const ports = (await listeningPorts()).filter(
    ({ port, process }) => own.has(port) || (process !== undefined && pids.includes(process.pid)),
  );
  return [
    ...filesBelow(d.root, ''),
    ...pids.map((pid) => `process ${pid}`),
    ...ports.map(({ host, port, process }) => `port ${host}:${port} of ${process?.pid}`),
  ].sort();
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (exempt.test(path)) return [];
    const full = join(root, path);
    // A directory that holds nothing but evidence comes with the evidence.
    if (entry.isDirectory())
      return path === 'out' ? filesBelow(root, path) : [`directory ${path}`, ...filesBelow(root, path)];
    if (entry.isSymbolicLink()) return [`link ${path} -> ${readlinkSync(full)}`];
    if (!entry.isFile()) return [`other ${path}`];
    const { mode, mtimeMs } = lstatSync(full);
    return [
      `file ${path} ${mode.toString(8)} ${mtimeMs} ${createHash('sha256').update(readFileSync(full)).digest('hex')}`,
    ];
  });
}

/** Lines that only one of two footprints has. */
export function changes(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}
