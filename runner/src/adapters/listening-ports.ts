import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Listener } from '@plumbline/contracts';

const LISTEN = '0A';

/** Every TCP port of this host that something listens on, with the process where /proc lets this user see it. */
export async function listeningPorts(): Promise<readonly Listener[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const sockets = tables.flatMap(parseSocketTable);
  const owners = await ownersOf(new Set(sockets.map((socket) => socket.inode)));
  return sockets.map(({ host, port, inode }) => {
    const process = owners.get(inode);
    return process === undefined ? { host, port } : { host, port, process };
  });
}

/** The listening sockets of /proc/net/tcp or tcp6. */
export function parseSocketTable(text: string): readonly { host: string; port: number; inode: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTEN ? [{ host: addressOf(address), port: Number.parseInt(port, 16), inode }] : [];
  });
}

/** The kernel prints each 32-bit word in the byte order of the machine; all that Plumbline runs on are little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  const mapped = /^(00){10}ffff/i.test(bytes.join('')) ? bytes.slice(12) : bytes;
  if (mapped.length === 4) return mapped.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = (mapped.join('').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  return groups.every((group) => group === '0') ? '::' : groups.join(':');
}

async function ownersOf(inodes: ReadonlySet<string>): Promise<ReadonlyMap<string, { pid: number; name: string }>> {
  const owners = new Map<string, { pid: number; name: string }>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    // A process of another user, or one that has just ended, does not tell.
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of open) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1];
      if (inode === undefined || !inodes.has(inode) || owners.has(inode)) continue;
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      owners.set(inode, { pid: Number(pid), name: name.trim() });
    }
  }
  return owners;
}
