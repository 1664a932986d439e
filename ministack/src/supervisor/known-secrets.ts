import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractPath, isSecretKey, type Scrubber, TEMPORARY } from '@plumbline/contracts';

/**
 * Makes every secret of a deploy root known to a scrubber: a service was given some of them, and is started again after
 * others were made. What cannot be read here cannot be read by a service either.
 */
export function learnDeployed(deployRoot: string, scrubber: Scrubber): void {
  for (const file of filesBelow(contractPath('deploy', 'secrets', deployRoot))) {
    try {
      scrubber.add(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
    } catch {}
  }
}

/** The same for what a service is given as variables whose names say that they are secrets. */
export function learnVariables(world: unknown, scrubber: Scrubber): void {
  const { environment } = (world ?? {}) as { readonly environment?: unknown };
  for (const [name, value] of Object.entries(environment ?? {}))
    if (isSecretKey(name) && typeof value === 'string') scrubber.add(value);
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !TEMPORARY.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
