import { err, ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { failureOfDocker } from './docker-failure.ts';
import { hashInside } from './inside.ts';

const hash = 'a'.repeat(64);
const asked: (readonly string[])[] = [];

function told(said: string, ended = 0) {
  return hashInside('c0ffee', '/etc/x/a file', async (args) => {
    asked.push(args);
    return ended === 0 ? ok(said) : err(failureOfDocker(args, `exit ${ended}`, said));
  });
}

describe('a file as a container sees it, told from inside', () => {
  it('must be told by its hash, of GNU and of busybox', async () => {
    expect(await told(`${hash}  /etc/x/a file\n`)).toEqual(ok(hash));
    expect(await told(`${hash} */etc/x/a file\n`)).toEqual(ok(hash));
    expect(asked[0]).toEqual(['exec', 'c0ffee', 'sha256sum', '/etc/x/a file']);
  });

  it('must be none where the program finds none', async () => {
    expect(await told("sha256sum: can't open '/etc/x/a file': No such file or directory\n", 1)).toEqual(ok(undefined));
  });

  it.each([
    [
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "sha256sum": executable file not found in $PATH: unknown',
      126,
    ],
    ['OCI runtime exec failed: stat sha256sum: no such file or directory: unknown', 127],
    ['sha256sum: /etc/x/a file: Permission denied', 1],
    ['', 137],
  ])('must not be called missing or changed where it was not told: %s', async (said, ended) => {
    expect(await told(said, ended)).toMatchObject({ failure: { code: 'E_ENV_UNREADABLE' } });
  });

  it('must not take for a hash what is none', async () => {
    expect(await told('nothing of that kind\n')).toMatchObject({ failure: { code: 'E_ENV_UNREADABLE' } });
  });
});
