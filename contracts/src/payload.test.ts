import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact, payload } from '../../tests/support/artifact.ts';
import { memoryFiles } from '../../tests/support/files.ts';
import { type Artifact, type FilesPort, hashOf, readPayload, sha256 } from './index.ts';

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

  it.each([
    'volumes/loki-data',
    'generations/loki-0123456789ab',
    'store/alloy-0123456789ab',
    'store/loki-000000000000',
  ])('must be refused where a configuration would go to %s, which is not its store', async (store) => {
    const artifact = makeArtifact({ services: { loki: { ...service, store } } });
    expect(await problem(artifact)).toContain('which is no store of it');
  });

  it('must be refused without the compose file that it names', async () => {
    expect(await problem(makeArtifact({ compose_file: 'other.yml' }))).toContain('other.yml is not among the files');
  });

  it('must be read a few files at a time, in the order of its list', async () => {
    const many = await readLastBegunFirst([]);
    expect(many.said).toBe('accepted');
    expect(many.paths).toEqual(names);
    expect(many.begun).toEqual(names);
    expect(many.mostOpen).toBe(16);
  });

  it('must be refused with the first wrong file of its list, though others are found wrong sooner', async () => {
    const many = await readLastBegunFirst(['3.txt', '10.txt', '20.txt']);
    expect(many.said).toBe('3.txt is not the file that the artifact names');
    expect(many.ended.indexOf('20.txt')).toBeLessThan(many.ended.indexOf('3.txt'));
    expect(many.begun.at(-1)).toBe('20.txt');
  });
});

const names = ['compose.yml', ...Array.from({ length: 40 }, (_, n) => `${n}.txt`)];

/** Reads an artifact of many files, of which the one that was begun last always ends first. */
async function readLastBegunFirst(wrong: readonly string[]) {
  const content = memoryFiles(
    Object.fromEntries(names.map((name) => [`/run/artifact/${name}`, wrong.includes(name) ? 'other' : name])),
  );
  const begun: string[] = [];
  const ended: string[] = [];
  const open: (() => void)[] = [];
  let mostOpen = 0;
  const read: FilesPort['read'] = async (path) => {
    const name = path.slice('/run/artifact/'.length);
    begun.push(name);
    await new Promise<void>((resolve) => {
      mostOpen = Math.max(mostOpen, open.push(resolve));
    });
    ended.push(name);
    return content.read(path);
  };
  const files = names.map((path) => ({ path, sha256: sha256(path), size: path.length, mode: '0444' as const }));
  let pending = true;
  const payload = readPayload(artifactInput(makeArtifact({ files })), { ...content, read }).finally(() => {
    pending = false;
  });
  while (pending) {
    open.pop()?.();
    await setImmediate();
  }
  const done = await payload;
  const said = done.ok ? 'accepted' : done.failure.message;
  return { said, paths: done.ok ? [...done.value.keys()] : [], begun, ended, mostOpen };
}
