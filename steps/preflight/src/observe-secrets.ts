import { contractPath, noFileAt, ok, type Ports, type Result, within } from '@plumbline/contracts';
import type { SecretFile } from './observation.ts';

const placeholder = /^(change_?me|todo|fixme|xxx+|placeholder|secret|password|your[_-].*|<.*>|)$/i;

/** The files with secrets below a deploy root. What is in them is looked at and forgotten here. */
export async function observeSecrets(
  deployRoot: string,
  { files, host }: Ports,
): Promise<Result<readonly SecretFile[]>> {
  const folder = contractPath('deploy', 'secrets', deployRoot);
  const names = await files.list(folder);
  if (!names.ok) return names;
  const found: SecretFile[] = [];
  for (const name of names.value) {
    const path = within(folder, name);
    const instead = await noFileAt(path, files);
    const value = instead.ok && instead.value === undefined ? await files.readText(path) : undefined;
    found.push({
      path,
      access: await host.access(path),
      placeholder: value?.ok ? placeholder.test(value.value.trim()) : undefined,
    });
  }
  return ok(found);
}
