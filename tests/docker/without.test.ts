import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ended } from '../support/deployment.ts';

const repository = join(import.meta.dirname, '../..');

/** Runs the test door on tests that need the engine and on some that do not, where no engine can be started. */
async function testWithoutDocker(required: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-without-'));
  const { PLUMBLINE_TEST_DOCKER: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['scripts/test.mjs', 'tests/docker/digests.test.ts', 'ministack/src/common/world.test.ts'],
    {
      cwd: repository,
      env: {
        ...env,
        // No socket has so long an address.
        PLUMBLINE_TEST_DOCKER_DIRECTORY: join(folder, 'long'.repeat(30)),
        ...(required ? { PLUMBLINE_TEST_DOCKER: 'required' } : {}),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  try {
    return await ended(child);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('without an engine the rest is tested, and what was left out is counted, with the reason', async () => {
  const { code, stdout, stderr } = await testWithoutDocker(false);
  expect(stdout).toBe('3 passed, 0 failed, 1 skipped\n');
  expect(stderr).toContain("left out what needs Docker: the directory's name is too long for a socket");
  expect(code).toBe(0);
});

test('where an engine is required, its absence is a failure that says why', async () => {
  const { code, stdout, stderr } = await testWithoutDocker(true);
  expect(stdout).toBe('3 passed, 1 failed, 0 skipped\n');
  expect(stderr).toContain("no Docker engine: the directory's name is too long for a socket");
  expect(code).toBe(1);
});
