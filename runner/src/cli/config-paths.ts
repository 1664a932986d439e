import { files } from '../adapters/files.ts';
import { wrongPlaces } from '../environment/check-places.ts';
import { lintPaths, pathMapRule } from '../environment/lint-paths.ts';
import { composeMerged, type Merged } from '../environment/load.ts';
import type { Placed } from '../lint/lint-config.ts';

/**
 * What `up` would refuse of a path map, by where it leads and by what stands there; nothing where the environment does not
 * fit the schema, which is told already. Reads, and changes nothing.
 */
export async function pathFindings(merged: Merged): Promise<readonly Placed[]> {
  const composed = composeMerged(merged);
  if (!composed.ok) return [];
  const { document, paths } = composed.value;
  const wrong = [...lintPaths(composed.value, document), ...(await wrongPlaces(paths, document, files))];
  const { id: rule, severity } = pathMapRule;
  return wrong.map(({ code, message, place = {}, hint }) => {
    return { rule, code, severity, message, place, path: [], ...(hint === undefined ? {} : { hint }) };
  });
}
