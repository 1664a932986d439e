import { type Bootstrap, hashOf, profileOf } from '@plumbline/contracts';
import type { Graph } from '../graph/graph-types.ts';

/**
 * The hash of what a run is: its steps, with all that they are given, and the values of its environment (seed 003). Taken
 * before a path resolves, so that two machines agree; another profile is another hash, another order of keys is not. Pure.
 */
export function manifestHash(graph: Graph, bootstrap: Bootstrap): string {
  return hashOf({ manifest: { graph, environment: bootstrap }, profile: profileOf(bootstrap) ?? '' });
}
