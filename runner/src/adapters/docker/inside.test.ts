import { err, ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { failureOfDocker } from './docker-failure.ts';
import { hashesInside } from './inside.ts';

const [one, other] = ['/etc/x/a file', '/etc/x/other'];
const hash = 'a'.repeat(64);

/** What is told of the two files where the command says that and ends so. */
async function told(said: string, ended = 0) {
  const asked: (readonly string[])[] = [];
  const found = await hashesInside('c0ffee', [one, other], async (args) => {
    asked.push(args);
    return ended === 0 ? ok(said) : err(failureOfDocker(args, `exit ${ended}`, said));
  });
  expect(asked).toEqual([['exec', 'c0ffee', 'sha256sum', one, other]]);
  if (!found.ok) return found.failure.code;
  return [...found.value.values()].map((file) => (file.ok ? (file.value ?? 'none') : file.failure.code));
}

describe('files as a container sees them, told from inside', () => {
  it('must be told by their hashes, of coreutils and of busybox', async () => {
    expect(await told(`${hash}  ${one}\n${hash.replaceAll('a', 'b')} *${other}\n`)).toEqual([hash, 'b'.repeat(64)]);
  });

  it.each([
    ['coreutils', `sha256sum: ${other}: No such file or directory`],
    ['busybox', `sha256sum: can't open '${other}': No such file or directory`],
  ])('must be none where %s finds none, and the others be told', async (_, missing) => {
    expect(await told(`${hash}  ${one}\n${missing}\n`, 1)).toEqual([hash, 'none']);
  });

  it.each([
    [
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "sha256sum": executable file not found in $PATH: unknown',
      126,
    ],
    ['OCI runtime exec failed: stat sha256sum: no such file or directory: unknown', 127],
    [
      'sha256sum: error while loading shared libraries: libcrypto.so.3: cannot open shared object file: No such file or directory',
      127,
    ],
    [`sha256sum: ${one}: Permission denied\nsha256sum: ${other}: Permission denied`, 1],
    ['open /home/a/.docker/cert.pem: no such file or directory', 1],
    ['', 137],
    ['nothing of that kind', 0],
  ])('must not be called missing or changed where they were not told: %s', async (said, ended) => {
    expect(await told(said, ended)).toEqual(['E_ENV_UNREADABLE', 'E_ENV_UNREADABLE']);
  });

  it('must be a matter of the engine where that does not answer', async () => {
    expect(await told('Cannot connect to the Docker daemon at unix:///x: no such file or directory', 1)).toBe(
      'E_RUNTIME_ENGINE_UNREACHABLE',
    );
  });
});
