import { type Artifact, type ServiceSecrets, versionReference } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact, payloadBytes } from '../../../tests/support/artifact.ts';
import { nothingDeployed } from '../../../tests/support/observed.ts';
import { running } from '../../../tests/support/ports.ts';
import type { Observed } from './observe.ts';
import { inOrder, plan } from './plan.ts';

const artifact = makeArtifact();
const stores = new Set(Object.values(artifact.services).map((service) => service.store));
const program = 'b'.repeat(64);

const converged = nothingDeployed({
  artifact,
  running: [running('loki'), running('alloy')],
  programs: new Map([
    ['loki', program],
    ['alloy', program],
  ]),
  claimed: true,
  probe: true,
  stores,
  kept: true,
  provenanceKept: true,
  current: artifact.generation,
});

const planned = (observed: Partial<Observed>) => plan({ ...converged, ...observed });

/** The operations, but for the record of what runs, which follows every one of them. */
const told = (observed: Partial<Observed>) =>
  planned(observed).ops.flatMap((op) => {
    if (op.op === 'write_provenance') return [];
    const generation = 'generation' in op && (op.generation === artifact.generation ? 'this' : op.generation);
    const target = 'service' in op ? op.service : 'path' in op ? op.path : 'project' in op ? op.project : generation;
    return [`${op.op} ${target}: ${op.cause}`];
  });

const with_ = (service: 'loki' | 'alloy', change: Parameters<typeof running>[1]) => ({
  running: converged.running.map((found) => (found.service === service ? { ...found, ...change } : found)),
});

describe('plan of apply', () => {
  it('must do nothing where the host is as the artifact describes', () => {
    expect(told({})).toEqual([]);
  });

  it('must write everything first, start in the order of waiting, and make it current last', () => {
    expect(
      told({ running: [], stores: new Set(), current: undefined, kept: false, claimed: false, probe: false }),
    ).toEqual([
      'claim_root plumbline-demo: the deploy root is nobody’s yet',
      'make_probe probe: the proof writes its lines there',
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

  it('must give an image its name back before a service is started from it, and not where none is', () => {
    const image = 'example/loki:1.0.0';
    const ops = (observed: Partial<Observed>) =>
      planned({ misnamed: new Map([[image, 'sha256:id']]), ...observed }).ops.filter(
        ({ op }) => op !== 'write_provenance',
      );
    expect(ops({})).toEqual([]);
    expect(ops(with_('alloy', { state: 'exited' })).map(({ op }) => op)).toEqual(['replace']);
    const replaced = ops(with_('loki', { programSha256: 'c'.repeat(64), standIn: false }));
    expect(replaced).toMatchObject([
      { op: 'retag', image, id: 'sha256:id' },
      { op: 'replace', service: 'loki', cause: 'the image behind its tag changed' },
    ]);
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

  describe('of secrets', () => {
    const secret = { service: 'loki', name: 'password', bytes: 24 };
    const versioned = new Map([...payloadBytes, ['compose.yml', new TextEncoder().encode(versionReference('loki'))]]);
    const own: ServiceSecrets = {
      service: 'loki',
      policy: [secret],
      version: 'b2',
      fresh: [],
      linked: true,
      current: 'b2',
    };
    const given = (change: Partial<ServiceSecrets>, label: string | undefined, more: Partial<Observed> = {}) =>
      told({
        payload: versioned,
        secrets: [{ ...own, ...change }],
        ...with_('loki', label === undefined ? {} : { secrets: label }),
        ...more,
      });

    it('must do nothing where the service runs with the version that it has taken', () => {
      expect(given({}, 'b2')).toEqual([]);
    });

    it('must make one that this host does not have, before anything starts', () => {
      const missing = { fresh: [{ secret }], linked: false, current: undefined };
      expect(given(missing, undefined, { running: [running('alloy')], versionsKept: false })).toEqual([
        'write_secret loki: this host has none yet',
        'want_secrets loki: it is to be started with this version',
        'write_versions this: each service mounts its secrets by their version',
        'start loki: it does not run',
        'take_secrets loki: it runs with this version',
      ]);
    });

    it('must replace the one service that runs with another version, and tell first of all what it is to mount', () => {
      const rotated = { fresh: [{ secret }], linked: false, current: 'a1' };
      expect(given(rotated, 'a1', { versionsKept: false })).toEqual([
        'write_secret loki: it is made anew',
        'want_secrets loki: it is to be started with this version',
        'write_versions this: each service mounts its secrets by their version',
        'replace loki: its secrets have a new version',
        'take_secrets loki: it runs with this version',
      ]);
    });

    it('must have a service take the new one whose data holds the old one, and only then count it as taken', () => {
      const policy = [{ ...secret, first_start: 'loki-data' }];
      expect(given({ policy, current: 'a1' }, 'a1')).toEqual([
        'replace loki: its secrets have a new version',
        'hand_over loki: its data holds the secret of the version before',
        'take_secrets loki: it runs with this version',
      ]);
      // Killed after the service was replaced.
      expect(given({ policy, current: 'a1' }, 'b2')).toEqual([
        'hand_over loki: its data holds the secret of the version before',
        'take_secrets loki: it runs with this version',
      ]);
      // Never started before, so there is nothing of before in its data.
      expect(given({ policy, current: undefined }, 'b2')).toEqual(['take_secrets loki: it runs with this version']);
    });

    it('must leave a service alone that an older Plumbline deployed, which mounts no version by a variable', () => {
      expect(given({ version: '1', current: '1' }, undefined, { payload: payloadBytes })).toEqual([]);
      expect(given({ version: '1', current: '1' }, undefined)).toEqual([
        'replace loki: its secrets have a new version',
      ]);
    });

    it('must be the same plan however the random version comes out', () => {
      const with2 = (version: string) =>
        planned({ payload: versioned, secrets: [{ ...own, version, fresh: [{ secret }], linked: false }] }).sha256;
      expect(with2('c3')).toBe(with2('d4'));
    });
  });

  it('must see every service ready before a generation that changes none of them is current', () => {
    expect(told({ current: 'e'.repeat(64), kept: false })).toEqual([
      'write_generation this: eeeeeeeeeeee is deployed',
      'await_ready loki: nobody has seen it ready yet',
      'await_ready alloy: nobody has seen it ready yet',
      'flip_current this: every service runs as this generation describes',
    ]);
  });

  it('must see a service ready whose start was never seen to end well', () => {
    expect(told({ journal: { ...converged.journal, unsettled: new Set(['alloy']) } })).toEqual([
      'await_ready alloy: nobody has seen it ready yet',
    ]);
  });

  it('must replace a service that was started again since it was deployed, and no other', () => {
    const { startedAt: started_at } = running('loki');
    const deployed = (instance: string, service_hash: string) =>
      new Map([
        ['loki', { instance: running('loki').instance, service_hash: running('loki').serviceHash, started_at }],
        ['alloy', { instance, service_hash, started_at }],
      ]);
    const { serviceHash } = running('alloy');
    expect(told({ deployed: deployed('the one before', serviceHash) })).toEqual([
      'replace alloy: it was started again since it was deployed',
    ]);
    // Of another configuration, as where a run was killed that had begun to deploy this one.
    expect(told({ deployed: deployed('the one before', 'f'.repeat(64)) })).toEqual([]);
    // A container stays the one that was deployed.
    const flapped = [running('loki'), { ...running('alloy'), restarts: 1 }];
    const before = deployed(running('alloy').instance, serviceHash);
    expect(told({ running: flapped, deployed: before })).toEqual([
      'replace alloy: it was started again since it was deployed',
    ]);
    // It had been started again before it was ready, and has stood since.
    const alloy = { instance: running('alloy').instance, service_hash: serviceHash, restarts: 1, started_at };
    const stood = new Map([...before, ['alloy', alloy]]);
    expect(told({ running: flapped, deployed: stood })).toEqual([]);
    // The count began anew, as where its daemon was restarted, and it has ended since.
    const later = flapped.map((one) => ({ ...one, startedAt: '2026-03-02T12:00:00.000Z' }));
    expect(told({ running: later, deployed: stood })).toEqual([
      'replace alloy: it was started again since it was deployed',
    ]);
  });

  it('must replace a service whose files were put right by a run that ended before it replaced it', () => {
    expect(told({ journal: { ...converged.journal, suspect: new Set(['loki']) } })).toEqual([
      'replace loki: it may have loaded files that were changed on this host',
    ]);
  });

  it('must sweep what a killed write has left, and put right what is kept of the generation', () => {
    expect(told({ leftovers: ['store/loki-0.1.0123abcd.new'], kept: false })).toEqual([
      'sweep store/loki-0.1.0123abcd.new: a write that was cut off left it',
      'write_generation this: what is kept of it was changed',
    ]);
  });

  it('must seal a store that could be written, and replace nothing for that', () => {
    expect(told({ unsealed: new Set([artifact.services.loki?.store as string]) })).toEqual([
      'seal_store loki: its files could be written',
    ]);
  });

  it('must keep what runs with its generation after every change, before the generation is current', () => {
    const kinds = (observed: Partial<Observed>) => planned(observed).ops.map((op) => op.op);
    expect(kinds({})).toEqual([]);
    expect(kinds({ provenanceKept: false })).toEqual(['write_provenance']);
    expect(kinds({ running: [running('alloy')] })).toEqual(['start', 'write_provenance']);
    expect(kinds({ current: undefined }).slice(-2)).toEqual(['write_provenance', 'flip_current']);
  });

  it('must say of every service what is done about it, and why', () => {
    expect(
      planned({ running: [running('alloy', { state: 'exited', lastExit: '1' }), running('old')] }).services,
    ).toEqual({
      loki: { change: 'create', cause: 'it does not run' },
      alloy: { change: 'replace', cause: 'it ended (1)' },
      old: { change: 'remove', cause: 'the stack no longer has it' },
    });
    expect(planned({}).services.loki).toEqual({ change: 'keep', cause: 'it runs as the artifact describes' });
  });

  it('must replace what a proof found broken though it runs as described, and nothing else', () => {
    const healing = plan(converged, new Map([['loki', 'L1.loki-ready failed: it does not answer']]));
    expect(healing.ops.map((op) => op.op)).toEqual(['replace', 'write_provenance']);
    expect(healing.services.loki?.cause).toBe('L1.loki-ready failed: it does not answer');
    expect(plan(converged, new Map([['stranger', 'x']])).ops).toEqual([]);
  });

  it('must call it irreversible when another version opens data that is kept, and only then', () => {
    const loki = { ...(artifact.services.loki as Artifact['services'][string]), volumes: ['loki-data'] };
    const keeping = makeArtifact({ services: { ...artifact.services, loki } });
    const replacing = (change: Parameters<typeof running>[1], of = keeping) =>
      plan({ ...converged, artifact: of, ...with_('loki', change) }).ops.find((op) => op.op === 'replace');
    expect(replacing({ image: 'example/old:0.9' })).toMatchObject({ irreversible: true });
    expect(replacing({ serviceHash: 'f'.repeat(64) })).toMatchObject({ irreversible: false });
    expect(replacing({ image: 'example/old:0.9' }, artifact)).toMatchObject({ irreversible: false });
  });

  it('must have one hash for one plan, and another for each other', () => {
    expect(planned({}).sha256).toBe(planned({}).sha256);
    expect(planned({ running: [running('alloy')] }).sha256).not.toBe(planned({}).sha256);
    expect(planned({ artifact: makeArtifact({ environment: 'other' }), current: undefined }).sha256).not.toBe(
      planned({ current: undefined }).sha256,
    );
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
