import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';
import type { GraphNode } from './graph-types.ts';

/** The nodes by how many others they must wait for one after the other, in the order of the file among equals. Pure. */
export function sort(nodes: readonly GraphNode[], placeOf: (id: string) => Place): Result<readonly GraphNode[]> {
  const followers = new Map<string, GraphNode[]>(nodes.map((node) => [node.id, []]));
  const left = new Map<string, number>();
  for (const node of nodes) {
    left.set(node.id, node.waitsFor.length);
    for (const id of node.waitsFor) followers.get(id)?.push(node);
  }
  const place = new Map(nodes.map((node, n) => [node.id, n]));
  const sorted: GraphNode[] = [];
  let ready = nodes.filter((node) => node.waitsFor.length === 0);
  while (ready.length > 0) {
    const next: GraphNode[] = [];
    for (const node of ready) {
      sorted.push(node);
      for (const follower of followers.get(node.id) ?? []) {
        const count = (left.get(follower.id) as number) - 1;
        left.set(follower.id, count);
        if (count === 0) next.push(follower);
      }
    }
    ready = next.sort((a, b) => (place.get(a.id) as number) - (place.get(b.id) as number));
  }
  if (sorted.length === nodes.length) return ok(sorted);
  const circle = findCircle(nodes.filter((node) => (left.get(node.id) as number) > 0));
  return err(
    failure('E_CONFIG_CYCLE', `steps wait for each other: ${circle.join(' -> ')}`, {
      place: placeOf(circle[0] as string),
      hint: 'take an input of one of them from another step, or leave it out',
    }),
  );
}

/** Every node that is left waits for another that is left, so walking on must come back. */
function findCircle(nodes: readonly GraphNode[]): readonly string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const path = new Map<string, number>();
  let id = nodes[0]?.id as string;
  while (!path.has(id)) {
    path.set(id, path.size);
    id = byId.get(id)?.waitsFor.find((before) => byId.has(before)) as string;
  }
  return [...[...path.keys()].slice(path.get(id)), id];
}
