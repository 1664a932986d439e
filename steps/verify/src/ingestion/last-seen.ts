import type { Environment } from '@plumbline/contracts';
import type { CollectorView } from './collector.ts';
import type { Ingestion } from './observe.ts';

/** Where a line that did not arrive was last seen, from the store back to the file, in words for an operator. Pure. */
export function lastSeen(
  proof: NonNullable<Ingestion['proof']>,
  collector: CollectorView | undefined,
  config: Environment,
): string {
  const { store, collector: reader } = config.stack.probe;
  if (proof.found.length > 0)
    return `in ${store}, where ${proof.found.length} of the ${proof.marker.lines.length} lines are`;
  const dropped = Object.entries(collector?.dropped ?? {}).map(([reason, n]) => `${n} dropped for ${reason}`);
  const files = collector?.sources.probe;
  if (files === undefined) return `in ${proof.file}; ${reader} does not tell what it has read`;
  const file = files.find((f) => f.path.endsWith(config.stack.probe.file));
  if (file === undefined) return `in ${proof.file}; ${reader} does not read that file`;
  if (!file.running) return `in ${proof.file}; ${reader} cannot read it`;
  const lost = dropped.length === 0 ? '' : ` (${dropped.join(', ')})`;
  return `in ${reader}, which has read ${proof.file} up to byte ${file.offset}${lost}`;
}
