import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import type { Graph } from '../graph/graph-types.ts';
import { manifestHash } from './manifest-hash.ts';

const graph: Graph = { pipeline: 'up', nodes: [] };
const { bootstrap } = demoEnvironment();
const filesystem = { profiles: { enabled: true, values: ['a', 'b'], default: 'a' } };

describe('manifestHash', () => {
  it('must be another for another pipeline, environment or profile, and not for another order of keys', () => {
    const turned = Object.fromEntries(Object.entries(bootstrap).reverse()) as unknown as typeof bootstrap;
    const own = manifestHash(graph, bootstrap);
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(manifestHash(graph, turned)).toBe(own);
    const others = [
      manifestHash({ ...graph, pipeline: 'down' }, bootstrap),
      manifestHash(graph, { ...bootstrap, labels: { env: 'x' } }),
      manifestHash(graph, { ...bootstrap, filesystem }),
      manifestHash(graph, { ...bootstrap, filesystem, profile: 'b' }),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
  });
});
