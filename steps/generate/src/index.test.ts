import { type Artifact, ok, type StepContext, sha256 } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment, stackTemplates } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { imagesLock } from '../../../tests/support/images.ts';
import { fakePorts } from '../../../tests/support/ports.ts';
import { generate } from './index.ts';

const folder = '/repo/config/stacks/observability/templates';

function context(files = memoryFiles()): StepContext {
  return {
    config: demoEnvironment(),
    inputs: {},
    params: {},
    mode: 'apply',
    dryRun: false,
    ports: fakePorts({ files }),
    signal: new AbortController().signal,
    runId: 'r1',
    runDir: '/run',
    emit: () => undefined,
  };
}

const withTemplates = () =>
  memoryFiles(Object.fromEntries([...stackTemplates()].map(([name, text]) => [`${folder}/${name}`, text])));

describe('generate', () => {
  it('must write into the run folder every file that its artifact names, and nothing else', async () => {
    const files = withTemplates();
    const before = new Set(files.content.keys());
    const said = await generate.run(context(files));
    if (!said.ok) throw new Error(said.failure.message);
    const artifact = said.value.outputs.artifact as Artifact;
    const written = [...files.content.keys()].filter((path) => !before.has(path)).sort();
    expect(written).toEqual(artifact.files.map(({ path }) => `/run/artifact/${path}`));
    for (const { path, sha256: hash, size } of artifact.files) {
      expect(sha256(files.text(`/run/artifact/${path}`))).toBe(hash);
      expect(files.content.get(`/run/artifact/${path}`)?.length).toBe(size);
    }
    expect(said.value.checks.map((check) => check.verdict)).toEqual(['pass']);
  });

  it('must say which file could not be written', async () => {
    const files = withTemplates();
    files.failing.add('write /run/artifact/compose.yml');
    expect(await generate.run(context(files))).toMatchObject({
      ok: false,
      failure: { code: 'E_ENV_UNWRITABLE', place: { file: '/run/artifact/compose.yml' } },
    });
  });

  it('must refuse a stack without templates', async () => {
    expect(await generate.run(context())).toMatchObject({
      ok: false,
      failure: { code: 'E_CONFIG_NOT_FOUND', place: { file: folder } },
    });
  });

  it('must copy what is locked of its pins into the artifact, and so into its hash', async () => {
    const pins = Object.values(demoEnvironment().bootstrap.image_pins);
    const generated = async (lock?: unknown, images = true) => {
      const files = withTemplates();
      if (lock !== undefined) await files.write('/repo/config/images.lock.json', JSON.stringify(lock));
      const given = context(files);
      const engine = { ...given.ports.engine, ...(images ? { identity: async () => ok(undefined) } : {}) };
      const said = await generate.run({ ...given, ports: { ...given.ports, engine } });
      return said.ok ? (said.value.outputs.artifact as Artifact) : said.failure;
    };
    const whole = imagesLock(...pins, 'of/another:1');
    const locked = (await generated(whole)) as Artifact;
    expect(Object.keys(locked.images ?? {})).toEqual([...pins].sort());
    const without = (await generated()) as Artifact;
    expect(without.images).toBeUndefined();
    expect(without.generation).not.toBe(locked.generation);
    const part = imagesLock(...pins.slice(1));
    expect(await generated(part)).toMatchObject({
      code: 'E_CONFIG_IMAGES_UNLOCKED',
      place: { file: '/repo/config/images.lock.json' },
    });
    // An engine that needs no images does not mind.
    expect(await generated(part, false)).toMatchObject({ project: 'plumbline-demo' });
    expect(await generated({ schema_version: '9', images: {} })).toMatchObject({ code: 'E_CONFIG_SCHEMA_VERSION' });
  });
});
