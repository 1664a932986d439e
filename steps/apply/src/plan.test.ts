import type { Artifact } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact } from '../../../tests/support/artifact.ts';
import { running } from '../../../tests/support/ports.ts';
import type { Observed } from './observe.ts';
import { inOrder, plan } from './plan.ts';

const artifact = makeArtifact();
const stores = new Set(Object.values(artifact.services).map((service) => service.store));
const program = 'b'.repeat(64);

const converged: Observed = {
  artifact,
  payload: new Map(),
  running: [running('loki'), running('alloy')],
  programs: new Map([
    ['loki', program],
    ['alloy', program],
  ]),
  stores,
  damaged: new Set(),
  missingSecrets: [],
  instances: new Map(),
  unsettled: new Set(),
  current: artifact.generation,
};

const told = (observed: Partial<Observed>) =>
  plan({ ...converged, ...observed }).map((op) => {
    const target = 'service' in op ? op.service : op.generation === artifact.generation ? 'this' : op.generation;
    return `${op.op} ${target}: ${op.cause}`;
  });

const with_ = (service: 'loki' | 'alloy', change: Parameters<typeof running>[1]) => ({
  running: converged.running.map((found) => (found.service === service ? { ...found, ...change } : found)),
});

describe('plan of apply', () => {
  it('must do nothing where the host is as the artifact describes', () => {
    expect(told({})).toEqual([]);
  });

  it('must write everything first, start in the order of waiting, and make it current last', () => {
    expect(told({ running: [], stores: new Set(), current: undefined })).toEqual([
      'write_store alloy: this configuration is new on this host',
      'write_store loki: this configuration is new on this host',
      'write_generation this: nothing is deployed',
      'start loki: it does not run',
      'start alloy: it does not run',
      'flip_current this: every service runs as this generation describes',
    ]);
  });

  it.each([
    ['its configuration changed', { serviceHash: 'f'.repeat(64) }],
    ['its image was example/old:0.9', { image: 'example/old:0.9' }],
    ["the stand-in's program changed", { programSha256: 'f'.repeat(64) }],
    ['the image behind its tag changed', { programSha256: 'f'.repeat(64), standIn: false }],
    ['it ended (1)', { state: 'exited', lastExit: '1' }],
    ['it ended (unknown)', { state: 'created' }],
  ] as const)('must replace the one service of which it holds that %s', (cause, change) => {
    expect(told(with_('loki', change))).toEqual([`replace loki: ${cause}`]);
    expect(told(with_('alloy', change))).toEqual([`replace alloy: ${cause}`]);
  });

  it('must start what does not run and leave alone what does', () => {
    expect(told({ running: [running('alloy')] })).toEqual(['start loki: it does not run']);
  });

  it('must stop what the stack no longer has, before it starts anything', () => {
    expect(told({ running: [running('alloy'), running('old')] })).toEqual([
      'stop old: the stack no longer has it',
      'start loki: it does not run',
    ]);
  });

  it('must write a store that is missing, and replace the service that ran without it', () => {
    expect(told({ stores: new Set([artifact.services.loki?.store as string]) })).toEqual([
      'write_store alloy: this configuration is new on this host',
      'replace alloy: it may have loaded files that were changed on this host',
    ]);
  });

  it('must write a damaged store anew and replace its service, and no other', () => {
    const damaged = artifact.services.loki?.store as string;
    const rest = new Set([...stores].filter((store) => store !== damaged));
    expect(told({ stores: rest, damaged: new Set([damaged]) })).toEqual([
      'rewrite_store loki: its files on this host were changed',
      'replace loki: it may have loaded files that were changed on this host',
    ]);
  });

  it('must make a secret that this host does not have, before anything starts', () => {
    const missingSecrets = [{ service: 'loki', name: 'password', bytes: 24 }];
    expect(told({ missingSecrets, running: [running('alloy')] })).toEqual([
      'write_secret loki: this host has none yet',
      'start loki: it does not run',
    ]);
  });

  it('must see every service ready before a generation that changes none of them is current', () => {
    expect(told({ current: 'e'.repeat(64) })).toEqual([
      'write_generation this: eeeeeeeeeeee is deployed',
      'await_ready loki: nobody has seen it ready yet',
      'await_ready alloy: nobody has seen it ready yet',
      'flip_current this: every service runs as this generation describes',
    ]);
  });

  it('must see a service ready whose start was never seen to end well', () => {
    expect(told({ unsettled: new Set(['alloy']) })).toEqual(['await_ready alloy: nobody has seen it ready yet']);
  });

  it('must replace a service that was started again since it was deployed, and no other', () => {
    const instances = new Map([
      ['loki', running('loki').instance],
      ['alloy', 'the one before'],
    ]);
    expect(told({ instances })).toEqual(['replace alloy: it was started again since it was deployed']);
  });
});

describe('inOrder', () => {
  const of = (after: Readonly<Record<string, readonly string[]>>): Artifact => {
    const loki = artifact.services.loki as Artifact['services'][string];
    const services = Object.entries(after).map(([name, before]) => [name, { ...loki, after: [...before] }]);
    return makeArtifact({ services: Object.fromEntries(services) as Artifact['services'] });
  };

  it('must put each service after all that it waits for', () => {
    expect(inOrder(of({ d: ['b', 'c'], c: ['a'], b: ['a'], a: [] }))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('must end for an artifact with a circle or a stranger, with each of its services once', () => {
    expect(inOrder(of({ a: ['b'], b: ['a'], c: ['stranger'] }))).toEqual(['b', 'a', 'c']);
  });
});
