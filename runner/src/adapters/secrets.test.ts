import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScrubber } from '@plumbline/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSecrets } from './secrets.ts';

const VALUE = 'kX0v-3q_9fTz1Lm7RbWc5YdH2sJg8uAe';

/** A secret on the disk as apply leaves one. */
function place() {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-secrets-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'v1');
  mkdirSync(folder, { mode: 0o700 });
  const path = join(folder, 'password');
  writeFileSync(path, `${VALUE}\n`, { mode: 0o400 });
  const scrubber = createScrubber();
  const secrets = createSecrets(scrubber);
  const read = async () => {
    const found = await secrets.read(path);
    return found.ok ? found.value : found.failure.code;
  };
  return { root, folder, path, scrubber, secrets, read };
}

describe('a secret that is read', () => {
  it('must be given where the file is its owner’s alone, and be removed from all output', async () => {
    const { read, scrubber } = place();
    expect(await read()).toBe(VALUE);
    expect(scrubber.text(`it is ${VALUE}`)).not.toContain(VALUE);
    expect(await read()).toBe(VALUE);
  });

  it('must be refused where others may read it, and be removed from all output all the same', async () => {
    const { read, path, scrubber } = place();
    chmodSync(path, 0o644);
    expect(await read()).toBe('E_ENV_SECRETS_EXPOSED');
    expect(scrubber.text(VALUE)).not.toContain(VALUE);
  });

  it('must be refused in a directory that is open to others', async () => {
    const { read, folder } = place();
    chmodSync(folder, 0o711);
    expect(await read()).toBe('E_ENV_SECRETS_EXPOSED');
  });

  it('must be refused behind a link, whose target is not opened', async () => {
    const { read, path, root, scrubber } = place();
    renameSync(path, join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), path);
    expect(await read()).toBe('E_ENV_SECRETS_EXPOSED');
    expect(scrubber.text(VALUE)).toBe(VALUE);
  });

  it('must not be looked for through a directory that is a link', async () => {
    const { read, folder, root } = place();
    renameSync(folder, join(root, 'v2'));
    symlinkSync('v2', folder);
    expect(await read()).toBe('E_ENV_UNREADABLE');
  });

  it('must be refused where a pipe stands, which nobody writes to', async () => {
    const { read, path } = place();
    rmSync(path);
    execFileSync('/usr/bin/mkfifo', ['-m', '400', path]);
    expect(await read()).toBe('E_ENV_SECRETS_EXPOSED');
  });

  it('must be refused where it is longer than any secret, and not be read', async () => {
    const { path, scrubber } = place();
    const code = async (length: number) => {
      rmSync(path);
      writeFileSync(path, VALUE.repeat(length / VALUE.length).padEnd(length, 'z'), { mode: 0o400 });
      const found = await createSecrets(scrubber).read(path);
      return found.ok ? 'read' : found.failure.code;
    };
    expect(await code(64 << 10)).toBe('read');
    expect(await code((64 << 10) + 1)).toBe('E_ENV_SECRETS_EXPOSED');
  });

  it('must be missing where nothing is, and where its directory is not', async () => {
    const { read, path, folder, secrets } = place();
    rmSync(path);
    expect(await read()).toBe('E_CONFIG_NOT_FOUND');
    rmSync(folder, { recursive: true });
    expect(await read()).toBe('E_CONFIG_NOT_FOUND');
    expect(await secrets.look(path)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ['its content is another', (path: string) => writeFileSync(path, `${VALUE}x\n`)],
    ['another file stands there', (path: string) => replaced(path)],
    ['its mode is another', (path: string) => chmodSync(path, 0o600)],
    ['others may read it', (path: string) => chmodSync(path, 0o644)],
  ])('must be refused where, since this run read it first, %s', async (_, change) => {
    const { read, path, scrubber } = place();
    expect(await read()).toBe(VALUE);
    change(path);
    expect(await read()).toBe('E_ENV_SECRET_CHANGED');
    // Another run starts anew.
    const other = await createSecrets(scrubber).look(path);
    expect(other).toMatchObject({ ok: true, value: { kind: 'file' } });
    expect(other.ok && other.value?.changed).toBeUndefined();
  });

  it('must be refused where it is written while it is read', async () => {
    const { read, path } = place();
    let ended = false;
    const reading = read().finally(() => {
      ended = true;
    });
    while (!ended) {
      appendFileSync(path, 'x');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await reading).toBe('E_ENV_SECRET_CHANGED');
  });
});

function replaced(path: string): void {
  writeFileSync(`${path}.1`, 'another-one-of-the-same-make-0000\n', { mode: 0o400 });
  renameSync(`${path}.1`, path);
}
