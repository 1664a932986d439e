import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { type Artifact, hashOf, sha256 } from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { halfWritten, leftovers } from '../support/kill-files.ts';
import { watchRecords } from '../support/kill-records.ts';
import { mixedServices } from '../support/kill-services.ts';
import { firstWish } from '../support/kill-wish.ts';
import { running } from '../support/ports.ts';

// What the kill tests look for, shown to find it: a host as a good run leaves it, damaged in one place at a time.
let d: Deployment;

beforeEach(async () => {
  d = await makeDeployment();
});

afterEach(async () => {
  rmSync(d.root, { recursive: true, force: true });
});

const payload = { 'loki/loki.yml': 'a: 1\n', 'loki/rules/one.yml': 'b: 2\n', 'compose.yml': 'services: {}\n' };
const service = { image: 'grafana/loki:3.0.0', store: 'store/loki-0123456789ab', service_hash: 'a'.repeat(64) };
const content = {
  payload_dir: 'artifact',
  services: { loki: service },
  files: Object.entries(payload).map(([path, text]) => ({ path, sha256: sha256(text) })),
};
const id = hashOf(content);
const artifact = { ...content, generation: id } as unknown as Artifact;
const generation = `generations/${id}`;

function put(path: string, text: string, mode = 0o644): void {
  const file = join(d.deployRoot, path);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode });
}

function deploy(): void {
  for (const [path, text] of Object.entries(payload)) {
    put(`${generation}/artifact/${path}`, text);
    if (path.startsWith('loki/')) put(`${service.store}/${path.slice('loki/'.length)}`, text);
  }
  put(`${generation}/artifact.json`, JSON.stringify(artifact));
  put('journal.jsonl', '{"op":"start"}\n');
  put('secrets/grafana/1/admin_password', `${'x'.repeat(32)}\n`, 0o400);
  symlinkSync(generation, join(d.deployRoot, 'current'));
}

describe('the check for half-written files', () => {
  it('must accept a host as a good run leaves it, and with what a kill may leave beside it', () => {
    expect(halfWritten(d, [])).toEqual([]);
    deploy();
    expect(halfWritten(d, [])).toEqual([]);
    appendFileSync(join(d.deployRoot, 'journal.jsonl'), '{"op":"st');
    put('store/loki-ffffffffffff.1.ab.new/loki.yml.1.cd.new', 'a:');
    put(`generations/${'b'.repeat(64)}/artifact/loki/loki.yml`, 'a: 1\n');
    put('secrets/grafana/1/admin_password.1.ab.new', '');
    expect(halfWritten(d, [])).toEqual([]);
    expect(leftovers(d)).toHaveLength(3);
  });

  it.each<readonly [string, RegExp, () => void]>([
    ['a cut file', /loki\.yml not as the artifact says/, () => put(`${service.store}/loki.yml`, 'a:')],
    [
      'a missing file',
      /rules\/one\.yml missing/,
      () => rmSync(join(d.deployRoot, service.store, 'rules'), { recursive: true }),
    ],
    ['a file too many', /more\.yml not as/, () => put(`${service.store}/more.yml`, '')],
    ['a store of nobody', /is of no artifact/, () => put('store/alloy-0123456789ab/config.alloy', '')],
    ['a cut artifact', /artifact of generation .* does not parse/, () => put(`${generation}/artifact.json`, '{"a":')],
    ['a cut payload', /compose\.yml not as/, () => put(`${generation}/artifact/compose.yml`, '')],
    [
      'another artifact',
      /is of another one/,
      () => put(`${generation}/artifact.json`, JSON.stringify({ ...artifact, files: [] })),
    ],
    ['a pointer to nothing', /verified names/, () => symlinkSync('generations/x', join(d.deployRoot, 'verified'))],
    ['a cut document', /owner\.json does not parse/, () => put('owner.json', '{"schema_version":')],
    ['a torn line', /journal\.jsonl does not parse/, () => put('journal.jsonl', '{"op":"st{"op":"start"}\n')],
    ['a cut secret', /is not whole/, () => put('secrets/grafana/1/admin_password', 'xxxx', 0o400)],
    [
      'an open secret',
      /not its owner's alone/,
      () => chmodSync(join(d.deployRoot, 'secrets/grafana/1/admin_password'), 0o440),
    ],
  ])('must reject %s', (_, problem, damage) => {
    deploy();
    damage();
    expect(halfWritten(d, []).join('\n')).toMatch(problem);
  });
});

describe('the check for mixed services', () => {
  const versions = ['a', 'b'].map((letter, n) => ({
    wish: { ...firstWish, loki: n },
    artifact: { services: { loki: { ...service, service_hash: letter.repeat(64) } }, files: [] } as unknown as Artifact,
  }));

  /** What is wrong where the engine tells of a Loki with this hash, and that Loki of what it has loaded. */
  async function look(hash: string, loaded: number, state: 'running' | 'exited' = 'running') {
    const server = createServer((_, answer) => answer.end(`limits:\n  max_label_names_per_series: ${loaded}\n`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const seen = running('loki', { serviceHash: hash.repeat(64), state });
    mkdirSync(d.deployRoot, { recursive: true });
    const engine = { ...d.engine, observe: async () => ({ ok: true as const, value: [seen] }) };
    const problems = await mixedServices(
      { ...d, engine, ports: { loki: (server.address() as AddressInfo).port } },
      versions,
    );
    server.close();
    return problems.join('\n');
  }

  it('must accept a service that has loaded what its hash says, and one that is down', async () => {
    expect(await look('a', 15)).toBe('');
    expect(await look('b', 16)).toBe('');
    expect(await look('a', 16, 'exited')).toBe('');
  });

  it('must reject one that has loaded something else, and one that nobody asked for', async () => {
    expect(await look('a', 16)).toMatch(/hash of 15 and has loaded 16/);
    expect(await look('b', 15)).toMatch(/hash of 16 and has loaded 15/);
    expect(await look('c', 15)).toMatch(/the hash of no version/);
  });
});

describe('the check for lost records', () => {
  const line = (run: string, status: string, previous = '0'.repeat(64)) => {
    const record = { run_id: run, status, previous };
    return { ...record, hash: hashOf(record) };
  };
  const index = (...records: readonly object[]) => {
    mkdirSync(join(d.root, 'out/runs'), { recursive: true });
    writeFileSync(join(d.root, 'out/runs.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  };
  const ran = (run: string, summary?: object) => {
    const folder = join(d.root, 'out/runs', run);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'meta.json'), '{}');
    if (summary !== undefined) writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
  };
  const one = line('one', 'green');

  it('must accept one record a run, of its outcome, in the chain', () => {
    const records = watchRecords(d);
    ran('one', { status: 'green' });
    mkdirSync(join(d.root, 'out/runs/never-was-a-run'));
    index(one);
    expect(records.check('run')).toEqual([]);
    ran('two');
    expect(records.check('kill')).toEqual([]);
    index(one, line('two', 'crashed', one.hash));
    expect(records.check('run')).toEqual([]);
  });

  it.each<readonly [string, RegExp, readonly object[]]>([
    ['a run without one', /run two has 0 records/, [one]],
    [
      'a run with two',
      /run two has 2 records/,
      [one, line('two', 'crashed', one.hash), line('two', 'crashed', one.hash)],
    ],
    ['another outcome', /recorded as green, not crashed/, [one, line('two', 'green', one.hash)]],
    ['a record out of the chain', /record 2 of runs\.jsonl is out/, [one, line('two', 'crashed')]],
    ['a changed past', /lost or changed earlier lines/, [line('one', 'crashed'), line('two', 'crashed', one.hash)]],
  ])('must reject %s', (_, problem, after) => {
    const records = watchRecords(d);
    ran('one', { status: 'green' });
    index(one);
    records.check('run');
    ran('two');
    index(...after);
    expect(records.check('run').join('\n')).toMatch(problem);
  });
});
