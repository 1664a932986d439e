import { contractPath, TEMPORARY, within } from '@plumbline/contracts';
import type { RunWorld } from './run-request.ts';

/**
 * Makes every secret of a deploy root known to the scrubber before a step can say anything: the last words of a service
 * may hold one that no step of this run has read. A file that cannot be read is not known, and nobody else can read it.
 */
export async function learnSecrets(
  deployRoot: string,
  { files, ports }: Pick<RunWorld, 'files' | 'ports'>,
): Promise<void> {
  const folder = contractPath('deploy', 'secrets', deployRoot);
  const names = await files.list(folder);
  for (const name of names.ok ? names.value : []) {
    const there = await files.stat(within(folder, name));
    if (there.ok && there.value?.kind === 'file' && !TEMPORARY.test(name))
      await ports.secrets.read(within(folder, name));
  }
}
