import { statfs } from 'node:fs/promises';
import type { MetricFamily, MetricType } from '@plumbline/formats/exposition';
import type { Host } from '../host.ts';
import { family, type Labels } from './family.ts';

/** A file system that does not answer, such as a network's that is gone, must not hold the others back. */
const patienceMs = 5000;

interface Mount {
  readonly labels: Labels;
  readonly readonly: boolean;
  readonly place: string;
}

interface Sizes {
  readonly size: number;
  readonly free: number;
  readonly avail: number;
  readonly files: number;
  readonly filesFree: number;
}

/** Sizes of the mounted file systems, as statfs gives them. */
export async function filesystem(host: Host): Promise<readonly MetricFamily[]> {
  const mounts = mountsOf(host);
  const found = await Promise.all(mounts.map(async (mount) => ({ mount, sizes: await sizesOf(mount.place) })));
  const known = found.flatMap(({ mount, sizes }) => (sizes === undefined ? [] : [{ labels: mount.labels, sizes }]));
  const made = (name: string, help: string, pick: (sizes: Sizes) => number, type: MetricType = 'gauge') =>
    family(
      `node_filesystem_${name}`,
      type,
      help,
      known.map(({ labels, sizes }) => [labels, pick(sizes)]),
    );
  const readonly = found.filter(({ sizes }) => sizes !== undefined);
  return [
    made('avail_bytes', 'Bytes free to users who are not root.', (s) => s.avail),
    family(
      'node_filesystem_device_error',
      'gauge',
      'Whether the sizes could not be read.',
      found.map(({ mount, sizes }) => [mount.labels, Number(sizes === undefined)]),
    ),
    made('files', 'File nodes in all.', (s) => s.files),
    made('files_free', 'File nodes that are free.', (s) => s.filesFree),
    made('free_bytes', 'Bytes free.', (s) => s.free),
    family(
      'node_filesystem_readonly',
      'gauge',
      'Whether it is mounted read-only.',
      readonly.map(({ mount }) => [mount.labels, Number(mount.readonly)]),
    ),
    made('size_bytes', 'Bytes in all.', (s) => s.size),
  ];
}

function mountsOf(host: Host): readonly Mount[] {
  const { mountPointsExclude, fsTypesExclude, rootfs } = host.args;
  const seen = new Map<string, Mount>();
  for (const line of mountTable(host).split('\n')) {
    const [device = '', written = '', fstype = '', options = ''] = line.split(' ').map(unescaped);
    if (fstype === '') continue;
    const mountpoint = withoutRoot(written, rootfs);
    if (mountpoint === undefined || mountPointsExclude.test(mountpoint) || fsTypesExclude.test(fstype)) continue;
    const labels = { device, fstype, mountpoint };
    seen.set(JSON.stringify([device, mountpoint]), {
      labels,
      readonly: options.split(',').includes('ro'),
      place: host.underRoot(mountpoint),
    });
  }
  return [...seen.values()];
}

/** The table of the first process shows the machine's mounts; without leave to read it, our own must do. */
function mountTable(host: Host): string {
  try {
    return host.proc('1/mounts');
  } catch {
    return host.proc('self/mounts');
  }
}

/** Paths under the root that was given, as they are called without it. */
function withoutRoot(path: string, rootfs: string): string | undefined {
  if (rootfs === '/' || rootfs === '') return path;
  if (path === rootfs) return '/';
  return path.startsWith(`${rootfs}/`) ? path.slice(rootfs.length) : path;
}

async function sizesOf(place: string): Promise<Sizes | undefined> {
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), patienceMs);
    late.unref();
  });
  try {
    const found = await Promise.race([statfs(place), patience]);
    if (found === undefined) return undefined;
    const { bsize, blocks, bfree, bavail, files, ffree } = found;
    return { size: blocks * bsize, free: bfree * bsize, avail: bavail * bsize, files, filesFree: ffree };
  } catch {
    return undefined;
  } finally {
    clearTimeout(late);
  }
}

/** The kernel writes spaces and the like as octal. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
