import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact, payload } from '../../tests/support/artifact.ts';
import { memoryFiles } from '../../tests/support/files.ts';
import { type Artifact, hashOf, readPayload } from './index.ts';

const whole = () =>
  memoryFiles(Object.fromEntries(Object.entries(payload).map(([path, text]) => [`/run/artifact/${path}`, text])));

async function problem(artifact: Artifact, files = whole()): Promise<string> {
  const before = new Map(files.content);
  const read = await readPayload(artifactInput(artifact), files);
  expect(files.content).toEqual(before);
  if (read.ok) return 'accepted';
  return `${read.failure.code} ${read.failure.place?.file}: ${read.failure.message}`;
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
