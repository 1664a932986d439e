import { ok, sha256 } from '@plumbline/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeArtifact } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { makeSummary } from '../../../tests/support/summary.ts';
import { appendRecord } from '../bundle/run-index.ts';
import { recordOf } from '../bundle/summary.ts';
import { checkAgainst, resolveInput, type Sources } from './resolve-input.ts';

const { paths } = demoEnvironment();
const input = { name: 'artifact', schema: 'artifact', required: true, purpose: 'x' };
const sources: Sources = {
  given: {},
  fromRun: undefined,
  environment: 'demo',
  project: 'demo',
  paths,
  fileNames: { artifact: 'artifact.json' },
};
const generation = 'abc'.padEnd(64, '0');
const text = (project: string) => JSON.stringify(makeArtifact({ project }));

let files: MemoryFiles;

/** One artifact in each place where one may come from, told apart by its project. */
beforeEach(async () => {
  files = memoryFiles({
    '/given.json': text('given'),
    [`${paths.output_dir}/runs/r1/artifact.json`]: text('r1'),
    [`${paths.output_dir}/runs/r2/artifact.json`]: text('r2'),
    [`${paths.output_dir}/runs/elsewhere/artifact.json`]: text('elsewhere'),
    [`${paths.deploy_root}/generations/${generation}/artifact.json`]: text('deployed'),
  });
  const lock = () => ok({ release: () => undefined });
  for (const [id, environment] of [
    ['r1', 'demo'],
    ['r2', 'demo'],
    ['r3', 'demo'],
    ['elsewhere', 'other'],
  ] as const) {
    const record = recordOf(makeSummary({ run_id: id, environment }), { user: 'ann', run_path: `runs/${id}` });
    const done = await appendRecord(paths.output_dir, record, { files, lock });
    expect(done.ok).toBe(true);
  }
});

async function found(more: Partial<Sources> = {}): Promise<string> {
  const result = await resolveInput(input, { ...sources, ...more }, files);
  if (!result.ok) return `${result.failure.code} ${result.failure.place?.file}`;
  if (result.value === undefined) return 'none';
  const { data, origin } = result.value;
  return `${(data as { project: string }).project} (${origin})`;
}

describe('resolveInput', () => {
  const deploy = () => files.links.set(`${paths.deploy_root}/current`, `generations/${generation}`);

  it('must take what is given first, then a run that is named, then what is deployed, then the latest run', async () => {
    deploy();
    const given = { artifact: '/given.json' };
    expect(await found({ given, fromRun: 'r1' })).toBe('given (--input artifact=/given.json)');
    expect(await found({ fromRun: 'r1' })).toBe('r1 (run r1)');
    expect(await found()).toBe('deployed (the deployed generation abc000000000)');
    files.links.clear();
    expect(await found()).toBe('r2 (the latest run r2)');
  });

  it('must take nothing from a run of another environment, and nothing where there is nothing', async () => {
    expect(await found({ environment: 'third' })).toBe('none');
    expect(await found({ fileNames: {} })).toBe('none');
  });

  it('must hash the bytes that it read', async () => {
    const result = await resolveInput(input, { ...sources, given: { artifact: '/given.json' } }, files);
    expect(result.ok && result.value?.sha256).toBe(sha256(text('given')));
  });

  it('must fail where a named source has nothing, and not take the next', async () => {
    deploy();
    expect(await found({ fromRun: 'r3' })).toBe(`E_PROOF_UNKNOWN_RUN ${paths.output_dir}/runs/r3/artifact.json`);
    expect(await found({ given: { artifact: '/nope.json' } })).toBe('E_CONFIG_NOT_FOUND /nope.json');
  });

  it('must not follow a link of the deploy root that leads nowhere, out of it, or to what is not understood', async () => {
    const current = `${paths.deploy_root}/current`;
    const folder = `${paths.deploy_root}/generations/${generation}`;
    deploy();
    await files.write(`${folder}/provenance.json`, '{}');
    await files.write(`${folder}/artifact.json`, '{"schema_version": "2"}');
    expect(await found()).toBe(`E_CONFIG_SCHEMA_VERSION ${folder}/artifact.json`);
    await files.remove(`${folder}/artifact.json`);
    expect(await found()).toBe(`E_CONFIG_NOT_FOUND ${folder}/artifact.json`);
    await files.remove(folder);
    expect(await found()).toBe(`E_ENV_ROOT_UNSAFE ${current}`);
    files.links.set(current, '/etc');
    expect(await found()).toBe(`E_ENV_ROOT_UNSAFE ${current}`);
    files.links.clear();
    await files.write(current, 'no link');
    expect(await found()).toBe(`E_ENV_ROOT_UNSAFE ${current}`);
    expect(await found({ fromRun: 'r1' })).toBe('r1 (run r1)');
  });

  it('must not take the deployment of another project for its own', async () => {
    deploy();
    const owner = (project: string) => JSON.stringify({ schema_version: '1', project, nonce: 'a'.repeat(32) });
    await files.write(`${paths.deploy_root}/owner.json`, owner('demo'));
    expect(await found()).toBe('deployed (the deployed generation abc000000000)');
    await files.write(`${paths.deploy_root}/owner.json`, owner('theirs'));
    expect(await found()).toBe(`E_ENV_ROOT_FOREIGN ${paths.deploy_root}/owner.json`);
  });

  it('must refuse a document that is torn or does not fit its schema', async () => {
    const given = { artifact: '/given.json' };
    await files.write('/given.json', text('given').slice(0, -3));
    expect(await found({ given })).toBe('E_PROOF_REPORT_INVALID /given.json');
    await files.write('/given.json', JSON.stringify({ ...makeArtifact(), generation: 'abc' }));
    expect(await found({ given })).toBe('E_PROOF_REPORT_INVALID /given.json');
  });
});

describe('checkAgainst', () => {
  it('must find a schema of two words by its name, and take one that there is not for a bug', () => {
    expect(checkAgainst('run-meta', {}, 'f')).toMatchObject({ ok: false });
    expect(() => checkAgainst('nothing', {}, 'f')).toThrow('no schema nothing');
  });
});
