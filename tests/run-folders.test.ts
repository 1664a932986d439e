import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunRecord, slug } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';
import { bash, writePipeline } from './support/pipelines.ts';

// PLUMBLINE_GOLDEN=write writes it anew.
const GOLDEN = join(import.meta.dirname, 'fixtures/run-trees.txt');
const TEMPLATE = '{pipeline_slug}/{run_ts}_{run_id}-{manifest_short}';
const profiles = { enabled: true, values: ['dev', 'incident_debug'], default: 'dev' };

let d: Deployment;
const out = (...path: string[]) => join(d.root, 'out', ...path);

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'first line of the app\n');
  writePipeline(d, 'smoke_test', [bash('look', 'echo looked')]);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

function records(): readonly RunRecord[] {
  const lines = readFileSync(out('runs.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RunRecord);
}

/** A run that starts nothing, by its record. */
async function run(...args: string[]): Promise<RunRecord> {
  const { code, stdout, stderr } = await d.plumb(...args);
  expect(code, stdout + stderr).toBe(0);
  return records().at(-1) as RunRecord;
}

/** The files of a run, below out/, with what no two runs share put in words. */
function tree({ run_id, run_path }: RunRecord): readonly string[] {
  const named = run_path
    .replace(run_id, '<run_id>')
    .replace(/\d{8}t\d{6}z/, '<run_ts>')
    .replace(/-[0-9a-f]{7}$/, '-<manifest_short>');
  return readdirSync(out(run_path), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).replace(out(run_path), named))
    .sort();
}

const naming = (filesystem: object) =>
  d.configure((config) => {
    Object.assign(config, { filesystem });
  });

describe('the folders of runs', () => {
  it('must be as they are drawn, without profiles, with them, and under a template', async () => {
    const drawn: string[] = [];
    const draw = async (title: string, ...args: string[]) => {
      drawn.push(`# ${title}`, ...tree(await run(...args)), '');
    };
    await draw('nothing said', 'up', '--dry-run');
    naming({ profiles });
    await draw('profiles', 'step', 'generate');
    await draw('profiles, another chosen', 'run', 'smoke_test', '--profile', 'incident_debug');
    naming({ profiles, naming: { run_dir: TEMPLATE } });
    await draw('profiles and a template', 'run', 'smoke_test');
    naming({ naming: { run_dir: `${TEMPLATE}/{profile}`, run_ts_format: 'none' } });
    await draw('a template whose parts are empty', 'run', 'smoke_test');
    if (process.env.PLUMBLINE_GOLDEN === 'write') writeFileSync(GOLDEN, drawn.join('\n'));
    expect(drawn.join('\n')).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('must have the slugs of the index, and every record must lead to its folder', async () => {
    naming({ profiles, naming: { run_dir: '{profile}/{pipeline_slug}/{run_id}' } });
    const record = await run('run', 'smoke_test', '--profile', 'incident_debug');
    expect(record).toMatchObject({
      pipeline: 'smoke_test',
      pipeline_slug: slug('smoke_test'),
      profile: 'incident-debug',
    });
    expect(record.run_path).toBe(`runs/incident-debug/smoke-test/${record.run_id}`);
    for (const { run_id, run_path } of records())
      expect(JSON.parse(readFileSync(out(run_path, 'meta.json'), 'utf8'))).toMatchObject({ run_id, run_path });
  });

  it('must be found again under whatever naming: by show, by --from-run, by the next run that lacks an input', async () => {
    naming({ naming: { run_dir: 'a/{user}/{run_id}' } });
    const made = await run('step', 'generate');
    naming({ profiles, naming: { run_dir: 'b-{run_id}' } });
    const shown = await d.plumb('runs', 'show', made.run_id);
    expect(shown.stdout).toContain(`evidence: ${out(made.run_path)}`);
    const used = async (...args: string[]) => {
      const { run_path } = await run('step', 'apply', '--dry-run', ...args);
      return JSON.parse(readFileSync(out(run_path, 'apply.report.json'), 'utf8')).inputs.artifact.origin;
    };
    expect(await used('--from-run', made.run_id)).toBe(`run ${made.run_id}`);
    expect(await used()).toBe(`the latest run ${made.run_id}`);
    const unknown = await d.plumb('step', 'apply', '--dry-run', '--from-run', '../../etc');
    expect(unknown.stdout + unknown.stderr).toContain('E_PROOF_UNKNOWN_RUN');
    expect(unknown.code).toBe(2);
  });

  it('must be recorded by the next run where they are not, once, and not where they are copies', async () => {
    naming({ naming: { run_dir: 'deep/{pipeline_slug}/{run_id}' } });
    const lost = await run('step', 'generate');
    const index = readFileSync(out('runs.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(out('runs.jsonl'), `${index.slice(0, -1).join('\n')}\n`);
    cpSync(out(lost.run_path), out('runs/a-copy', lost.run_id), { recursive: true });
    naming({});
    await run('step', 'generate');
    await run('step', 'generate');
    const again = records().filter(({ run_id }) => run_id === lost.run_id);
    expect(again).toMatchObject([{ run_path: lost.run_path, status: 'green', recovered: true }]);
  });
});

describe('the profile', () => {
  const show = async (variables: Record<string, string>, ...args: string[]) => {
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      return await ended(d.start('config', 'show', '--origin', ...args));
    } finally {
      process.env = before;
    }
  };
  const shown = async (variables: Record<string, string>, ...args: string[]) => {
    const { settings, origins } = JSON.parse((await show(variables, '--json', ...args)).stdout);
    return [settings.profile, origins.profile.source, origins.profile.place?.file];
  };

  it('must be what the flag says, else the variable, else the file, else the default of the environment', async () => {
    naming({ profiles: { enabled: true, values: ['a', 'b', 'c', 'd'], default: 'a' } });
    expect(await shown({})).toEqual(['a', 'default', undefined]);
    d.configure((config) => {
      config.profile = 'b';
    });
    expect(await shown({})).toEqual(['b', 'file', d.configFile]);
    expect(await shown({ PLUMBLINE_PROFILE: 'c' })).toEqual(['c', 'variable', 'PLUMBLINE_PROFILE']);
    const both = { PLUMBLINE_PROFILE: 'c' };
    expect(await shown(both, '--profile', 'd')).toEqual(['d', 'flag', '--profile']);
    expect(await shown(both, '--set', 'profile=d')).toEqual(['d', 'flag', '--set profile']);
  });

  it.each([
    [{}, ['--profile', 'qa'], /Unknown profile "qa"\. Allowed profiles: a, b, c, d .*\n {2}at --profile/],
    [{ PLUMBLINE_PROFILE: '' }, [], /Unknown profile ""\. .*\n {2}at PLUMBLINE_PROFILE/],
    [
      {},
      ['--set', 'filesystem.profiles.default=qa'],
      /Unknown profile "qa"\. .*\n {2}at --set filesystem\.profiles\.default/,
    ],
    [{}, ['--set', 'filesystem.naming.manifest_short_len=2'], /"filesystem\.naming\.manifest_short_len" must be >= 3/],
    [{}, ['--set', 'filesystem.naming.manifest_short_len=17'], /must be <= 16/],
    [{}, ['--set', 'filesystem.naming.run_ts_format=%H:%M'], /run_ts_format/],
    [{}, ['--set', 'filesystem.naming.run_dir=../{run_id}'], /run_dir/],
    [{}, ['--set', 'filesystem.naming.run_dir={status}-{run_id}'], /\{status\} is not known yet/],
    [{ PLUMBLINE_FILESYSTEM__PROFILES__ENABLED: 'false' }, [], /profile is "b", and profiles are not enabled/],
  ])('must be refused where it cannot be: %j %j', async (variables, args, says) => {
    const { code, stderr } = await show(variables as Record<string, string>, ...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });
});
