import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifest } from '../../../tests/support/manifest.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { type NodeEnd, schedule, type Worker } from './schedule.ts';

function node(id: string, waitsFor: readonly string[] = [], when: GraphNode['when'] = 'success'): GraphNode {
  return { id, uses: id, manifest: manifest(id), params: {}, inputs: {}, waitsFor, when, retries: 0, timeoutS: 1 };
}

const graphOf = (...nodes: readonly GraphNode[]): Graph => ({ pipeline: 'test', nodes });

interface Rig {
  readonly log: string[];
  readonly worker: Worker;
  readonly controller: AbortController;
}

/** A worker that writes down what happens; `fails` names the steps that do not succeed. */
function rig(fails: readonly string[] = [], during?: (id: string, controller: AbortController) => void): Rig {
  const log: string[] = [];
  const controller = new AbortController();
  const worker: Worker = {
    async run({ id }) {
      log.push(`run ${id}`);
      during?.(id, controller);
      return { succeeded: !fails.includes(id), ran: true };
    },
    async skip({ id }, reason) {
      log.push(`skip ${id}: ${reason}`);
    },
  };
  return { log, worker, controller };
}

async function logOf(graph: Graph, { log, worker, controller }: Rig): Promise<readonly string[]> {
  await schedule(graph, worker, { concurrency: 2, signal: controller.signal });
  return log;
}

describe('schedule', () => {
  it('must start a step when all that it waits for has ended, and not before', async () => {
    const order: string[] = [];
    const give = new Map<string, (end: NodeEnd) => void>();
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const worker: Worker = {
      run: ({ id }) => {
        order.push(id);
        return new Promise((resolve) => give.set(id, resolve));
      },
      skip: async () => undefined,
    };
    const all = schedule(graphOf(node('a'), node('b'), node('c', ['a', 'b']), node('d')), worker, {
      concurrency: 2,
      signal: new AbortController().signal,
    });
    const end = async (id: string) => {
      give.get(id)?.({ succeeded: true, ran: true });
      await settle();
    };
    await settle();
    expect(order).toEqual(['a', 'b']);
    await end('b');
    expect(order).toEqual(['a', 'b', 'd']);
    await end('d');
    expect(order).toEqual(['a', 'b', 'd']);
    await end('a');
    expect(order).toEqual(['a', 'b', 'd', 'c']);
    await end('c');
    await all;
  });

  it('must end at once for an empty graph', async () => {
    expect(await logOf(graphOf(), rig())).toEqual([]);
  });

  it('must skip what needs a step that failed, name the cause and not its consequence, and run the rest', async () => {
    const graph = graphOf(node('a'), node('b', ['a']), node('c', ['b']), node('d'), node('e', ['d']));
    expect(await logOf(graph, rig(['a']))).toEqual([
      'run a',
      'run d',
      'skip b: a did not succeed',
      'run e',
      'skip c: a did not succeed',
    ]);
  });

  it('must run `when: failure` where an ancestor failed, however far, and only there', async () => {
    const graph = graphOf(node('a'), node('b', ['a']), node('undo', ['b'], 'failure'), node('x'));
    expect(await logOf(graph, rig(['a']))).toContain('run undo');
    expect(await logOf(graph, rig(['b']))).toContain('run undo');
    expect(await logOf(graph, rig(['x']))).toContain('skip undo: nothing before it failed');
    expect(await logOf(graph, rig())).toContain('skip undo: nothing before it failed');
  });

  it('must let follow what waits for a step that was not needed', async () => {
    const graph = graphOf(node('a'), node('undo', ['a'], 'failure'), node('after', ['undo']));
    expect(await logOf(graph, rig())).toContain('run after');
    expect(await logOf(graph, rig(['a']))).toContain('skip after: a did not succeed');
  });

  it('must take what a later step did again for mended, where that succeeded, and only there', async () => {
    const again: GraphNode = { ...node('again', ['a', 'mend'], 'always'), supersedes: ['a'] };
    const graph = graphOf(
      node('a'),
      node('mend', ['a'], 'failure'),
      again,
      node('after', ['again']),
      node('more', ['a']),
    );
    expect(await logOf(graph, rig(['a']))).toEqual([
      'run a',
      'run mend',
      'skip more: a did not succeed',
      'run again',
      'run after',
    ]);
    expect(await logOf(graph, rig(['a', 'again']))).toContain('skip after: a did not succeed');
  });

  it('must run `when: always` whatever happened', async () => {
    const graph = graphOf(node('a'), node('b', ['a']), node('last', ['b'], 'always'));
    expect(await logOf(graph, rig())).toContain('run last');
    expect(await logOf(graph, rig(['a']))).toEqual(['run a', 'skip b: a did not succeed', 'run last']);
  });

  it('must start nothing new but what cleans up once it is cancelled, and wait for what runs', async () => {
    const graph = graphOf(
      node('a'),
      node('b', ['a']),
      { ...node('undo', ['a'], 'failure'), cleansUp: true },
      node('mend', ['a'], 'failure'),
      node('last', ['b'], 'always'),
      node('after', ['last']),
    );
    const cancelled = rig(['a'], (id, controller) => {
      if (id === 'a') controller.abort();
    });
    expect([...(await logOf(graph, cancelled))].sort()).toEqual([
      'run a',
      'run last',
      'run undo',
      'skip after: the run was interrupted',
      'skip b: the run was interrupted',
      'skip mend: the run was interrupted',
    ]);
  });

  it('must skip a step none of whose cells ran, with the reason that the worker gave', async () => {
    const cells = ['v-1', 'v-2'];
    const nodes = [
      ...cells.map((id) => ({ ...node(id), cellOf: 'v' })),
      { ...node('v', cells), cells },
      node('last', ['v'], 'always'),
    ];
    const { log, worker, controller } = rig();
    const run: Worker['run'] = async (step, ...rest) =>
      step.cellOf === undefined
        ? worker.run(step, ...rest)
        : { succeeded: false, ran: false, reason: 'its input a was not delivered' };
    await schedule(graphOf(...nodes), { ...worker, run }, { concurrency: 2, signal: controller.signal });
    expect(log).toEqual(['skip v: its input a was not delivered', 'run last']);
  });

  it('must throw what the worker threw first, and only when what else works has ended', async () => {
    const log: string[] = [];
    const worker: Worker = {
      async run({ id }) {
        if (id === 'a') throw new Error('a bug');
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`ended ${id}`);
        if (id === 'b') throw new Error('a later bug');
        return { succeeded: true, ran: true };
      },
      skip: async () => undefined,
    };
    const graph = graphOf(node('a'), node('b'), node('c', ['a']), node('d'));
    const { signal } = new AbortController();
    await expect(schedule(graph, worker, { concurrency: 2, signal })).rejects.toThrow('a bug');
    await expect(schedule(graphOf(node('a'), node('c', ['a'])), worker, { concurrency: 2, signal })).rejects.toThrow();
    expect(log).toEqual(['ended b']);
  });

  it('must keep every edge and its limit for any graph, in whatever order the steps end', async () => {
    const shapes = fc.record({
      edges: fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 }),
      whens: fc.array(fc.constantFrom('success', 'failure', 'always'), { minLength: 12, maxLength: 12 }),
      fails: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, fc.scheduler(), async ({ edges, whens, fails, concurrency }, shuffled) => {
        const nodes = edges.map((before, n) => {
          const ids = n === 0 ? [] : [...new Set(before.map((pick) => `s${pick % n}`))];
          return node(`s${n}`, ids, whens[n] as GraphNode['when']);
        });
        const ended = new Set<string>();
        let working = 0;
        const enter = ({ id, waitsFor }: GraphNode) => {
          working += 1;
          expect(working).toBeLessThanOrEqual(concurrency);
          expect(waitsFor.filter((before) => !ended.has(before))).toEqual([]);
          expect(ended.has(id)).toBe(false);
        };
        const leave = (id: string) => {
          ended.add(id);
          working -= 1;
        };
        const worker: Worker = {
          async run(step) {
            enter(step);
            await shuffled.schedule(Promise.resolve());
            leave(step.id);
            return { succeeded: fails[Number(step.id.slice(1))] !== true, ran: true };
          },
          async skip(step) {
            enter(step);
            await shuffled.schedule(Promise.resolve());
            leave(step.id);
          },
        };
        const { signal } = new AbortController();
        await shuffled.waitFor(schedule(graphOf(...nodes), worker, { concurrency, signal }));
        expect(ended.size).toBe(nodes.length);
      }),
      { seed: 20260301, numRuns: 200 },
    );
  });
});
