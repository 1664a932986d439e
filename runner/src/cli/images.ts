import { resolve } from 'node:path';
import {
  type EnginePort,
  type Environment,
  err,
  exitCode,
  type Failure,
  failure,
  failureExit,
  type ImagesLock,
  imageFault,
  imagesLockFile,
  type LockedImage,
  lockedOf,
  ok,
  type Result,
} from '@plumbline/contracts';
import { readImagesLock } from '@plumbline/formats/images-lock';
import { createImageArchives } from '../adapters/docker/images.ts';
import { createEngine } from '../adapters/engines.ts';
import { files } from '../adapters/files.ts';
import { createProcesses } from '../adapters/process.ts';
import { isSameImage } from '../adapters/registry/reference.ts';
import { askRegistry } from '../adapters/registry/registry.ts';
import { exportImages } from '../images/export.ts';
import { type FoundImage, findImage } from '../images/find.ts';
import { checkArchive, proveLoaded } from '../images/import.ts';
import type { Wanted } from '../images/judge-archive.ts';
import { lockText, relock, staleOf } from '../images/lock.ts';
import { environmentOf } from './environment.ts';
import { listenForInterrupt } from './interrupt.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, scrubber, table, tell } from './output.ts';
import { engineOf } from './ports.ts';

/** What `images lock` takes. */
export interface LockOptions extends CommonOptions {
  readonly check?: boolean;
}

interface Site {
  readonly environment: Environment;
  readonly engine: EnginePort;
  /** The pins, each once, sorted. */
  readonly pins: readonly string[];
  readonly lockFile: string;
  readonly lock: ImagesLock | undefined;
}

/** `images lock`: writes which image each pin stands for; with --check, whether that is written. */
export function imagesLock(options: LockOptions): Promise<number> {
  return told(options, async () => {
    const site = await siteOf(options);
    return site.ok ? lock(site.value, options) : site;
  });
}

/** `images export FILE`: the locked images of an environment as one archive. */
export async function imagesExport(path: string, options: CommonOptions): Promise<number> {
  const interrupt = listenForInterrupt(tell);
  const exit = await told(options, async () => {
    const site = await siteOf(options);
    if (!site.ok) return site;
    const wanted = wantedOf(site.value, resolve(path));
    if (!wanted.ok) return wanted;
    const here = await allHere(wanted.value, site.value.engine);
    if (!here.ok) return here;
    const saved = await createImageArchives(createProcesses(scrubber), process.env).save(wanted.value.pins);
    if (!saved.ok) return saved;
    const written = await exportImages(saved.value, wanted.value, interrupt.signal);
    if (!written.ok) return written;
    const { file, pins } = wanted.value;
    return ok({
      json: { file, images: pins, ...written.value },
      text: `${pins.length} images in ${file}, ${written.value.size} bytes\nsha256 ${written.value.sha256}`,
    });
  });
  const by = interrupt.by();
  interrupt.dispose();
  // Where it was whole before the signal was heeded, it is whole.
  return exit === 0 || by === undefined ? exit : exitCode('interrupted', { signal: by });
}

/** `images import FILE`: loads an archive that is whole and holds what is locked, and proves what came of it. */
export function imagesImport(path: string, options: CommonOptions): Promise<number> {
  return told(options, async () => {
    const site = await siteOf(options);
    if (!site.ok) return site;
    const { engine, environment } = site.value;
    if (environment.bootstrap.execution_mode === 'diagnose')
      return err(
        failure('E_ENV_MODE_VIOLATION', 'an import changes the host, and the environment allows diagnose at most'),
      );
    const wanted = wantedOf(site.value, resolve(path));
    if (!wanted.ok) return wanted;
    const checked = await checkArchive(wanted.value);
    if (!checked.ok) return checked;
    const loaded = await createImageArchives(createProcesses(scrubber), process.env).load(wanted.value.file);
    if (!loaded.ok) return loaded;
    const proved = await proveLoaded(wanted.value, engine);
    if (!proved.ok) return proved;
    const rows = proved.value.map(({ image, config_digest }) => [image, config_digest]);
    return ok({
      json: { file: wanted.value.file, images: proved.value },
      text: `${rows.length} images are here, and are those that are locked\n${table(rows)}`,
    });
  });
}

async function lock(site: Site, { check = false, json = false }: LockOptions): Promise<Result<Told>> {
  const { environment, engine, pins, lockFile: file, lock: before } = site;
  const registry = (pin: string) => askRegistry(pin, process.env);
  const sources = environment.bootstrap.offline_mode === true ? { engine } : { engine, registry };
  const found = new Map<string, FoundImage>();
  for (const pin of pins) {
    const one = await findImage(pin, before?.images[pin], sources);
    if (!one.ok) return one;
    found.set(pin, one.value);
    if (one.value.unasked !== undefined) tell(`${pin}: taken from this host, as ${one.value.unasked.message}`);
  }
  const images = Object.fromEntries([...found].map(([pin, { image }]) => [pin, image] as const));
  const stale = staleOf(before, images);
  if (check && stale.length > 0) {
    const message = `images.lock.json is not true of ${stale.join(', ')}`;
    return err(failure('E_CONFIG_IMAGES_UNLOCKED', message, { place: { file }, evidence: { stale } }));
  }
  if (stale.length > 0) {
    const written = await files.write(file, lockText(relock(before, images)));
    if (!written.ok) return written;
  }
  const rows = [...found].map(([pin, { image, from }]) => [
    stale.includes(pin) ? 'locked' : 'as before',
    pin,
    image.index_digest ?? 'in no registry',
    `${Object.keys(image.platforms).join(' ')} (${from})`,
  ]);
  const how = [...found].map(([image, { from }]) => ({ image, from }));
  return ok(
    json
      ? { json: { file, changed: stale, images, found: how }, text: '' }
      : { json: {}, text: `${table(rows)}\n${stale.length === 0 ? 'nothing changed in' : 'written:'} ${file}` },
  );
}

async function allHere({ pins, lock: { images } }: Wanted, engine: EnginePort): Promise<Result<void>> {
  const gone: string[] = [];
  for (const pin of pins) {
    const found = (await engine.identity?.(pin)) ?? ok(undefined);
    if (!found.ok) return found;
    const fault = found.value && imageFault(pin, found.value, images[pin] as LockedImage);
    if (fault !== undefined) return err(fault);
    if (found.value === undefined) gone.push(pin);
  }
  if (gone.length === 0) return ok(undefined);
  const hint = 'get it first: `docker pull IMAGE`, or `./plumb up`';
  return err(failure('E_DEPS_IMAGE_MISSING', `not on this host: ${gone.join(', ')}`, { hint }));
}

/** What an archive is held to: the environment's own lock, never the one that the archive brings along. */
function wantedOf({ pins, lock, lockFile }: Site, file: string): Result<Wanted> {
  const place = { file: lockFile };
  if (lock === undefined) {
    const message = 'there is no images.lock.json beside the environment, so nothing says which images are meant';
    return err(failure('E_CONFIG_IMAGES_UNLOCKED', message, { place }));
  }
  const { locked, missing } = lockedOf(pins, lock);
  if (missing.length > 0)
    return err(
      failure('E_CONFIG_IMAGES_UNLOCKED', `images.lock.json has nothing for ${missing.join(', ')}`, { place }),
    );
  return ok({ file, pins, lock: { ...lock, images: locked }, known: lock.images, same: isSameImage });
}

async function siteOf(options: CommonOptions): Promise<Result<Site>> {
  const loaded = await environmentOf(options);
  if (!loaded.ok) return loaded;
  const { environment } = loaded.value;
  const engine = createEngine(engineOf(environment));
  if (engine.identity === undefined) {
    const message = `the engine ${engine.name} of ${environment.name} needs no images`;
    return err(failure('E_CONFIG_USAGE', message, { hint: 'name an environment with the engine docker: --env' }));
  }
  const lockFile = imagesLockFile(environment);
  const lock = await readImagesLock(lockFile, files);
  if (!lock.ok) return lock;
  const pins = [...new Set(Object.values(environment.bootstrap.image_pins))].sort();
  return ok({ environment, engine, pins, lockFile, lock: lock.value });
}

interface Told {
  readonly json: unknown;
  readonly text: string;
}

async function told({ json = false }: CommonOptions, act: () => Promise<Result<Told>>): Promise<number> {
  const done = await act();
  if (done.ok) {
    print(json ? JSON.stringify(done.value.json, null, 2) : done.value.text);
    return 0;
  }
  return refuse(done.failure, json);
}

function refuse(cause: Failure, json: boolean): number {
  printFailure(cause, json);
  return failureExit(cause.code);
}
