import { type Artifact, hashOf } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact, payload } from '../../../tests/support/artifact.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, running } from '../../../tests/support/ports.ts';
import { observe } from './observe.ts';

const whole = () =>
  memoryFiles(Object.fromEntries(Object.entries(payload).map(([path, text]) => [`/run/artifact/${path}`, text])));

async function problem(artifact: Artifact, files = whole()): Promise<string> {
  const before = new Map(files.content);
  const engine = fakeEngine();
  const observed = await observe(artifactInput(artifact), '/deploy', { files, engine });
  expect(files.content).toEqual(before);
  expect(engine.calls).toEqual([]);
  if (observed.ok) return 'accepted';
  return `${observed.failure.code} ${observed.failure.place?.file}: ${observed.failure.message}`;
}

describe('the payload of an artifact', () => {
  it('must be accepted where it is whole', async () => {
    expect(await problem(makeArtifact())).toBe('accepted');
  });

  it.each([
    [
      'a missing file',
      (f: ReturnType<typeof whole>) => f.content.delete('/run/artifact/compose.yml'),
      'compose.yml is missing',
    ],
    [
      'an extra file',
      (f: ReturnType<typeof whole>) => f.write('/run/artifact/loki/x', ''),
      'loki/x is not in the artifact',
    ],
    [
      'a flipped bit',
      (f: ReturnType<typeof whole>) => f.write('/run/artifact/loki/loki.yml', 'auth_enabled: falsd\n'),
      'loki/loki.yml is not the file that the artifact names',
    ],
  ])('must be refused with %s', async (_, spoil, message) => {
    const files = whole();
    await spoil(files);
    expect(await problem(makeArtifact(), files)).toMatch(/^E_PROOF_ARTIFACT_MISMATCH \/run\/artifact\//);
    expect(await problem(makeArtifact(), files)).toContain(message);
  });

  it('must be refused when the artifact was changed and not only its files', async () => {
    const changed = { ...makeArtifact(), project: 'other' };
    expect(await problem(changed)).toContain('is not the one that its generation names');
  });

  const service = makeArtifact().services.loki as Artifact['services'][string];
  it.each([
    ['payload_dir', { payload_dir: '../other' }],
    ['payload_dir', { payload_dir: '/etc' }],
    ['compose_file', { compose_file: '../../compose.yml' }],
    ['files', { files: [...makeArtifact().files, { path: '../x', sha256: hashOf(''), size: 0 }] }],
    ['store', { services: { loki: { ...service, store: '../../etc/cron.d' } } }],
    ['store', { services: { loki: { ...service, store: 'store/./x' } } }],
  ] as const)('must be refused where its %s leads out of its folder: %j', async (_, change) => {
    expect(await problem(makeArtifact(change as unknown as Partial<Artifact>))).toContain('leads out of its folder');
  });

  it('must be refused without the compose file that it names', async () => {
    expect(await problem(makeArtifact({ compose_file: 'other.yml' }))).toContain('other.yml is not among the files');
  });
});

describe('observe', () => {
  it('must tell what runs, which stores are there, and which generation is current', async () => {
    const files = whole();
    await files.write('/deploy/store/loki-0123456789ab/loki.yml', payload['loki/loki.yml'] as string);
    const generation = 'c'.repeat(64);
    files.links.set('/deploy/current', `generations/${generation}`);
    const engine = fakeEngine([running('loki')]);
    const observed = await observe(artifactInput(makeArtifact()), '/deploy', { files, engine });
    if (!observed.ok) throw new Error(observed.failure.message);
    expect([...observed.value.stores]).toEqual(['store/loki-0123456789ab']);
    expect([...observed.value.damaged]).toEqual([]);
    expect(observed.value.current).toBe(generation);
    expect(observed.value.running.map((s) => s.service)).toEqual(['loki']);
    expect([...observed.value.programs.keys()].sort()).toEqual(['alloy', 'loki']);
  });

  it('must tell a store whose files were changed from one that is as its name says', async () => {
    const files = whole();
    await files.write('/deploy/store/loki-0123456789ab/loki.yml', 'changed');
    const observed = await observe(artifactInput(makeArtifact()), '/deploy', { files, engine: fakeEngine() });
    if (!observed.ok) throw new Error(observed.failure.message);
    expect([...observed.value.stores]).toEqual([]);
    expect([...observed.value.damaged]).toEqual(['store/loki-0123456789ab']);
  });

  it('must refuse to make a secret again that the data of its service holds already', async () => {
    const secret = { service: 'grafana', name: 'admin_password', bytes: 24, first_start: 'grafana-data' };
    const files = whole();
    const look = () => observe(artifactInput(makeArtifact()), '/deploy', { files, engine: fakeEngine() }, [secret]);
    expect(await look()).toMatchObject({ ok: true, value: { missingSecrets: [secret] } });
    await files.write('/deploy/volumes/grafana-data/grafana.db', '');
    expect(await look()).toMatchObject({ ok: false, failure: { code: 'E_ENV_SECRET_LOST' } });
    await files.write('/deploy/secrets/grafana/1/admin_password', 'kept');
    expect(await look()).toMatchObject({ ok: true, value: { missingSecrets: [] } });
  });

  it('must not take an engine that does not answer for one that runs nothing', async () => {
    const engine = fakeEngine();
    engine.failing.add('observe');
    const observed = await observe(artifactInput(makeArtifact()), '/deploy', { files: whole(), engine });
    expect(observed).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
  });
});
