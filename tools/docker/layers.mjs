// Layers of images as tar files: the same content is the same bytes, whoever makes them and when.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes `<directory>/<name>.tar` of what `fill` puts into a folder; resolves to its file and its SHA-256. */
export function makeLayer(directory, name, fill) {
  const tree = join(directory, name);
  mkdirSync(tree, { recursive: true, mode: 0o755 });
  fill(tree);
  const file = `${name}.tar`;
  const steady = ['--sort=name', '--mtime=@0', '--numeric-owner', '--format=gnu'];
  execFileSync('tar', [...steady, '-cf', join(directory, file), '-C', tree, '.']);
  return {
    file,
    digest: createHash('sha256')
      .update(readFileSync(join(directory, file)))
      .digest('hex'),
  };
}

/** What programs need to run, found by asking the loader, and the accounts of the real images. */
export function fillBase(tree, programs) {
  for (const path of new Set(programs.flatMap(librariesOf))) put(tree, { path, from: path, mode: 0o755 });
  put(tree, { path: '/tmp', directory: true, mode: 0o1777 });
  mkdirSync(join(tree, 'etc'), { recursive: true });
  const accounts = { root: 0, grafana: 472, loki: 10001, nobody: 65534 };
  const lines = (line) => Object.entries(accounts).map(line).join('');
  writeFileSync(
    join(tree, 'etc/passwd'),
    lines(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`),
  );
  writeFileSync(
    join(tree, 'etc/group'),
    lines(([name, id]) => `${name}:x:${id}:\n`),
  );
}

function librariesOf(program) {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(?:=> |^\s+)(\/\S+) \(/.exec(line)?.[1] ?? []);
}

/** A shell and the usual commands, as most images have them. */
export function fillShell(tree, busybox) {
  put(tree, { path: '/bin/busybox', from: busybox, mode: 0o755 });
  for (const name of ['sh', 'cat', 'ls', 'id', 'wget', 'env', 'ps', 'sleep', 'touch', 'sha256sum'])
    symlinkSync('busybox', join(tree, 'bin', name));
}

/** The files of one image, and those that it starts with when nothing is mounted. */
export function fillOwn(tree, files, defaults) {
  if (defaults !== undefined) cpSync(defaults, tree, { recursive: true });
  for (const file of files) put(tree, file);
}

function put(tree, { path, from, directory, uid = 0, mode }) {
  const place = join(tree, path);
  mkdirSync(directory ? place : dirname(place), { recursive: true });
  if (!directory) copyFileSync(from, place);
  chmodSync(place, mode);
  chownSync(place, uid, uid);
}
