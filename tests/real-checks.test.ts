import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Artifact,
  type Check,
  createScrubber,
  type Input,
  type Stack,
  type StepContext,
  sha256,
} from '@plumbline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clock } from '../runner/src/adapters/clock.ts';
import { files } from '../runner/src/adapters/files.ts';
import { createHealth } from '../runner/src/adapters/health.ts';
import { createHttp } from '../runner/src/adapters/http.ts';
import { levels } from '../steps/verify/src/levels.ts';
import { demoEnvironment, healthContract } from './support/environment.ts';
import { fakeEngine, fakePorts } from './support/ports.ts';
import {
  makePair,
  type Page,
  type Pair,
  renderedFiles,
  type Side,
  servePage,
  startExporters,
  tool,
  until,
  writeFiles,
} from './support/real-prometheus.ts';

// Plumbline's own checks, over the real Prometheus and node-exporter of Debian and over the stand-ins: the same rendered
// files, the same code, and so the same verdicts. The other targets are pages of this test, labelled as such by it.
let pair: Pair;
let page: Page;
let exporters: Awaited<ReturnType<typeof startExporters>>;
const services = ['prometheus', 'host-monitor'];
const http = createHttp(createScrubber());

type Which = 'real' | 'standIn';

beforeAll(async () => {
  tool('prometheus');
  pair = await makePair();
  page = await servePage(() => 'a_page_of_this_test 1\n');
  exporters = await startExporters(pair.standInProgram('node-exporter'));
  writeFiles(pair.etc, configuration());
  await pair.start([pair.addresses.real, pair.addresses.standIn, exporters.real, page.address]);
});

beforeEach(async () => {
  await load(configuration());
});

afterAll(async () => {
  await pair?.end();
  await exporters?.end();
  await page?.close();
});

function configuration(): Record<string, string> {
  const rendered = renderedFiles();
  const config = rendered['prometheus.yml']
    .replaceAll('/etc/prometheus', pair.etc)
    .replace('"prometheus:9090"', `"${pair.addresses.real}"`)
    .replace('"host-monitor:9100"', `"${exporters.real}"`)
    .replace(/"(docker-metrics|loki|alloy):\d+"/g, `"${page.address}"`)
    .replaceAll(/(interval|timeout): 1[05]s/g, '$1: 1s');
  return { ...rendered, 'prometheus.yml': config };
}

/** Writes the files and has both load them. */
async function load(texts: Readonly<Record<string, string>>): Promise<void> {
  writeFiles(pair.etc, texts);
  const sides = [pair.real, pair.standIn];
  for (const side of sides) expect(await side.reload(), side.name).toBe(200);
  const since = Date.now();
  const addresses = [...(texts['prometheus.yml'] ?? '').matchAll(/targets: \["([^"]+)"\]/g)]
    .map(([, a]) => a as string)
    .sort();
  // The real one hands out targets every five seconds; what was evaluated before there were any says nothing.
  for (const side of sides)
    await until(`${side.name} has scraped and evaluated`, () => settled(side, since, addresses));
}

async function settled(side: Side, since: number, addresses: readonly string[]): Promise<boolean> {
  const { data: targets } = await ask<{ activeTargets: { scrapeUrl: string; lastScrape: string }[] }>(side, 'targets');
  const { data: rules } = await ask<{ groups: { rules: { lastEvaluation: string }[] }[] }>(side, 'rules');
  const found = targets.activeTargets.map((target) => new URL(target.scrapeUrl).host).sort();
  const scraped = targets.activeTargets.map((target) => Date.parse(target.lastScrape));
  const evaluated = rules.groups.flatMap((group) => group.rules.map((rule) => Date.parse(rule.lastEvaluation)));
  const loaded = JSON.stringify(found) === JSON.stringify(addresses);
  return loaded && Math.min(...scraped) > since && Math.min(...evaluated) > Math.max(...scraped);
}

async function ask<T>(side: Side, api: string): Promise<{ readonly data: T }> {
  return JSON.parse((await side.get(`/api/v1/${api}`)).body) as { data: T };
}

/** What the checks are told: the deployed stack, of which only the two services count that are here for real. */
function contextOf(side: Which): StepContext {
  const base = demoEnvironment();
  const stack: Stack = {
    ...base.stack,
    services: Object.fromEntries(Object.entries(base.stack.services).filter(([name]) => services.includes(name))),
    network: { ...base.stack.network, datasources: [] },
  };
  const contract = healthContract();
  const endpoints = contract.endpoints.filter((endpoint) => services.includes(endpoint.service));
  const portOf = (address: string) => Number(address.split(':')[1]);
  const ports = { prometheus: portOf(pair.addresses[side]), 'host-monitor': portOf(exporters[side]) };
  const health = createHealth(
    { ...contract, endpoints: endpoints as typeof contract.endpoints },
    { ports },
    http,
    clock,
  );
  const names = ['prometheus.yml', 'rules/loki_logging_v1.yml'];
  const artifact = {
    services: { prometheus: { store: 'etc' } },
    files: names.map((name) => ({
      path: `prometheus/${name}`,
      sha256: sha256(readFileSync(join(pair.etc, name))),
      size: 0,
    })),
  } as unknown as Artifact;
  const input: Input<Artifact> = { data: artifact, path: '/artifact.json', origin: 'a test', sha256: '0'.repeat(64) };
  return {
    config: { ...base, stack, paths: { ...base.paths, deploy_root: pair.root } },
    inputs: { artifact: input },
    params: {},
    mode: 'apply',
    dryRun: false,
    ports: fakePorts({ files, http, clock, health, engine: fakeEngine() }),
    signal: new AbortController().signal,
    runId: 'r1',
    runDir: pair.root,
    emit: () => undefined,
  };
}

/** Every check of the levels that the two services have a part in, with its verdict and code. */
async function verdicts(side: Which): Promise<readonly string[]> {
  const checks: Check[] = [];
  for (const name of ['L1', 'L2', 'L6', 'L8']) {
    const found = await levels[name]?.(contextOf(side));
    if (!found?.ok) throw new Error(`${name} did not look`);
    checks.push(...found.value.checks);
  }
  return checks.map(
    (check) => `${check.id} ${check.verdict}${check.error === undefined ? '' : ` ${check.error.code}`}`,
  );
}

async function both(): Promise<readonly string[]> {
  const real = await verdicts('real');
  expect(await verdicts('standIn')).toEqual(real);
  return real;
}

const good = [
  'L1.host-monitor-metrics pass',
  'L1.prometheus-ready pass',
  'L1.prometheus-answers pass',
  'L2.target.prometheus pass',
  'L2.target.host-monitor pass',
  'L2.target.docker-metrics pass',
  'L2.target.loki pass',
  'L2.target.alloy pass',
  'L6.loki_logging_v1 pass',
  'L8.prometheus.rendered pass',
  'L8.prometheus.mounted skipped',
  'L8.prometheus.loaded pass',
];

/** The verdicts of a good stack, some of them changed. */
function but(...changed: readonly string[]): readonly string[] {
  return good.map((line) => changed.find((other) => other.split(' ')[0] === line.split(' ')[0]) ?? line);
}

describe("Plumbline's checks, over real services and over the stand-ins", () => {
  it('must all pass where all is as it should be', async () => {
    expect((await both()).filter((line) => !line.startsWith('L8.host-monitor'))).toEqual(good);
  });

  it.each([
    [
      'a target that nobody answers at',
      (text: string) => text.replace(`"${exporters.real}"`, '"127.0.0.1:1"'),
      'L2.target.host-monitor fail E_NETWORK_TARGET_DOWN',
    ],
    [
      'a job that is missing',
      (text: string) => text.replace('job_name: alloy', 'job_name: somebody'),
      'L2.target.alloy fail E_NETWORK_TARGET_DOWN',
    ],
  ])('must fail alike for %s, and for nothing else', async (_, change, failed) => {
    const texts = configuration();
    await load({ ...texts, 'prometheus.yml': change(texts['prometheus.yml'] as string) });
    expect((await both()).filter((line) => !line.startsWith('L8.host-monitor'))).toEqual(but(failed));
  });

  it.each([
    ['a rule that is missing', 'alert: NodeMemoryHigh', 'alert: Other', 'fail E_PROOF_RULE_MISSING'],
    ['a rule that cannot be evaluated', 'expr: up == 0', 'expr: up * on () up == 0', 'fail E_PROOF_RULE_UNHEALTHY'],
  ])('must fail alike for %s, and for nothing else', async (_, from, to, failed) => {
    const texts = configuration();
    const rules = texts['rules/loki_logging_v1.yml'] as string;
    await load({ ...texts, 'rules/loki_logging_v1.yml': rules.replace(from, to) });
    expect((await both()).filter((line) => !line.startsWith('L8.host-monitor'))).toEqual(
      but(`L6.loki_logging_v1 ${failed}`),
    );
  });

  it('must fail alike where another configuration is loaded than the one on the host', async () => {
    const texts = configuration();
    writeFiles(pair.etc, {
      ...texts,
      'prometheus.yml': (texts['prometheus.yml'] as string).replace('interval: 1s', 'interval: 2s'),
    });
    const drifted = 'L8.prometheus.loaded fail E_PROOF_DRIFT_LOADED';
    expect((await both()).filter((line) => !line.startsWith('L8.host-monitor'))).toEqual(but(drifted));
  });

  it('must be unknown alike, and not failed, where the metrics store does not answer', async () => {
    await pair.stop();
    await until('both have ended', async () => {
      const gone = [pair.real, pair.standIn].map((side) =>
        side.get('/-/ready').then(
          () => false,
          () => true,
        ),
      );
      return (await Promise.all(gone)).every((ended) => ended);
    });
    const lines = await both();
    expect(lines.filter((line) => line.startsWith('L1') && line.includes('fail'))).toEqual([
      'L1.prometheus-ready fail E_RUNTIME_SERVICE_UNHEALTHY',
      'L1.prometheus-answers fail E_RUNTIME_SERVICE_UNHEALTHY',
    ]);
    expect(lines.filter((line) => /^L[26]/.test(line)).every((line) => line.includes('unknown'))).toBe(true);
  });
});
