// Makes the images of the tests and gives them to an engine, without any registry: what is in them is on this machine
// already. Prints their references as JSON, by name. An image that the engine has with this very content is left.
//
//   node tools/docker/images.mjs      (DOCKER_HOST and PATH as `engine.sh env` prints them)
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageList } from './image-list.mjs';
import { fillBase, fillOwn, fillShell, makeLayer } from './layers.mjs';

const here = import.meta.dirname;
const root = join(here, '../..');
// In a folder of root's: owners of files are part of an image.
process.umask(0o022);

const directory = mkdtempSync(join(tmpdir(), 'plumbline-images-'));
try {
  const images = build();
  const missing = Object.values(images).filter((image) => !present(image));
  if (missing.length > 0) load(missing);
  process.stdout.write(
    `${JSON.stringify(Object.fromEntries(Object.entries(images).map(([n, i]) => [n, i.reference])))}\n`,
  );
} catch (thrown) {
  process.stderr.write(`docker: no images: ${thrown.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function build() {
  const probe = join(directory, 'probe-program');
  execFileSync('gcc', ['-static', '-Os', '-s', '-Wno-unused-result', '-o', probe, join(here, 'probe.c')]);
  const list = imageList(probe);
  const programs = Object.values(list).flatMap((image) => image.programs);
  const base = makeLayer(directory, 'base', (tree) => fillBase(tree, programs));
  const busybox = join(root, '.plumb/docker/engine/bin/busybox');
  const shell = makeLayer(directory, 'shell', (tree) => fillShell(tree, busybox));
  // The largest file is one layer, which all that need it share.
  const shared = new Map();
  const sharedLayer = (file) => {
    const key = file.from;
    if (!shared.has(key))
      shared.set(
        key,
        makeLayer(directory, `program-${shared.size}`, (tree) => fillOwn(tree, [file])),
      );
    return shared.get(key);
  };
  const images = {};
  for (const [name, image] of Object.entries(list)) {
    const [first, ...rest] = image.files;
    const defaults = join(here, 'defaults', image.defaults ?? '-');
    const own = makeLayer(directory, `own-${name}`, (tree) =>
      fillOwn(tree, rest, existsSync(defaults) ? defaults : undefined),
    );
    const layers = [...(image.bare ? [] : [base]), ...(image.shell ? [shell] : []), sharedLayer(first), own];
    images[name] = described(name, image, layers);
  }
  return images;
}

/** With its configuration as an engine stores it; `content` names all of it. */
function described(name, { reference, standIn, config }, layers) {
  const architecture = { x64: 'amd64' }[process.arch] ?? process.arch;
  const bare = {
    architecture,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map((l) => `sha256:${l.digest}`) },
  };
  const named = {
    'plumbline.test': 'image',
    'io.plumbline.stand-in': String(standIn),
    'org.opencontainers.image.title': standIn ? `stand-in of ${name}, for tests` : name,
  };
  const content = createHash('sha256')
    .update(JSON.stringify([bare, config, named]))
    .digest('hex');
  const labels = { ...named, 'plumbline.content': content };
  const text = JSON.stringify({ created: '1970-01-01T00:00:00Z', ...bare, config: { ...config, Labels: labels } });
  return { reference, layers, content, text };
}

function present({ reference, content }) {
  const format = '{{index .Config.Labels "plumbline.content"}}';
  const { status, stdout } = spawnSync('docker', ['image', 'inspect', '--format', format, reference], {
    encoding: 'utf8',
  });
  return status === 0 && stdout.trim() === content;
}

/** One archive of all of them, as `docker save` writes it: a layer that several have is in it once. */
function load(images) {
  const tree = mkdtempSync(join(directory, 'load-'));
  const manifest = images.map(({ reference, layers, content, text }) => {
    writeFileSync(join(tree, `${content}.json`), text);
    for (const { file } of layers) {
      if (!readdirSync(tree).includes(file)) symlinkSync(join(directory, file), join(tree, file));
    }
    return { Config: `${content}.json`, RepoTags: [reference], Layers: layers.map(({ file }) => file) };
  });
  writeFileSync(join(tree, 'manifest.json'), JSON.stringify(manifest));
  execFileSync('/bin/sh', ['-c', 'tar -chf - -C "$0" . | docker load --quiet >&2', tree], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
