import { contractPath, err, failure, ok, type Ports, type Result } from '@plumbline/contracts';

/**
 * Whether a container sees this deploy root: owner.json, whose nonce no other root has, must read back from one. Else
 * E_RUNTIME_INCOMPATIBLE: what is mounted there would be other files than those that were written here.
 */
export async function checkRoot(
  image: string,
  root: string,
  { files, engine }: Pick<Ports, 'files' | 'engine'>,
): Promise<Result<void>> {
  const file = contractPath('deploy', 'owner', root);
  const written = await files.readText(file);
  if (!written.ok) return written;
  const read = (await engine.readBack?.(file, image)) ?? ok(undefined);
  if (!read.ok) return read;
  if (read.value === written.value) return ok(undefined);
  const found = read.value === undefined ? 'none' : 'another one';
  const message = `the daemon does not see this deploy root: a container that is given ${file} finds ${found}`;
  const hint = 'deploy on the host of the daemon, or choose a deploy root that both have';
  return err(failure('E_RUNTIME_INCOMPATIBLE', message, { place: { file }, hint }));
}
