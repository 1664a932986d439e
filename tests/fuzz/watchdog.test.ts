import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ended } from '../support/deployment.ts';

const watchdog = pathToFileURL(join(import.meta.dirname, '../support/watchdog.mjs')).href;

function run(work: string) {
  const script = `import { watchdog } from '${watchdog}'; const dog = await watchdog(300); ${work}`;
  return ended(spawn(process.execPath, ['--input-type=module', '-e', script]));
}

describe('the watchdog', () => {
  it('must end a process that hangs, and say with what', async () => {
    const said = await run("dog.next('first'); dog.next('second'); for (;;);");
    expect(said.signal).toBe('SIGKILL');
    expect(said.stderr).toBe('hangs: second\n');
  });

  it('must leave one alone that ends', async () => {
    const said = await run("for (let n = 0; n < 1000; n += 1) dog.next('x'); await dog.end(); console.log('done');");
    expect(said).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
  });
});
