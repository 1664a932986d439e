import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installRoot } from '../adapters/install-root.ts';

/** Plumbline's version, from its package.json. */
export function version(): string {
  return (JSON.parse(readFileSync(join(installRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** SHA-256 of the program that runs, its first 12 digits: tells two builds of one version apart. */
export function buildId(): string {
  const program = process.argv[1] ?? fileURLToPath(import.meta.url);
  return createHash('sha256').update(readFileSync(program)).digest('hex').slice(0, 12);
}
