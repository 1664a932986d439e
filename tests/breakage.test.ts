import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Artifact, bucketOf, type ErrorCode, type Report } from '@plumbline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, eventually, makeDeployment } from './support/deployment.ts';

// Each test breaks one thing of a good stack. Exactly the level that speaks of it must fail, with its code; what could
// not be looked at because of it is unknown, and never failed. Where a deployment broke it, it is undone: exit 3.
let d: Deployment;

const stack = 'config/stacks/observability';
const alloyTemplate = `${stack}/templates/alloy/config.alloy.j2`;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
});

beforeEach(async () => {
  expect((await d.plumb('up')).stdout).toMatch(/^green/);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/**
 * Level -> the codes of its checks that failed or warned, each once. What autoheal says of the same run must name one
 * next action for the bucket of each of those codes, and start with the first of them.
 */
function failing(report: Report): Record<string, string[]> {
  const found = codes(report, ['fail', 'warn']);
  const buckets = new Set(Object.values(found).flatMap((list) => list.map((code) => bucketOf(code as ErrorCode))));
  const { primary, active_buckets } = d.suggestions();
  expect(active_buckets.map((active) => active.bucket)).toEqual(expect.arrayContaining([...buckets]));
  expect(new Set(active_buckets.map((active) => active.bucket)).size).toBe(active_buckets.length);
  for (const active of active_buckets) expect(active.recommended_action).not.toBe('');
  expect([...buckets]).toContain(primary);
  return found;
}

function unknown(report: Report): string[] {
  return Object.keys(codes(report, ['unknown']));
}

function codes(report: Report, verdicts: readonly string[]): Record<string, string[]> {
  const found: Record<string, Set<string>> = {};
  for (const { id, verdict, error } of report.checks) {
    if (!verdicts.includes(verdict)) continue;
    const level = id.slice(0, 2);
    found[level] = (found[level] ?? new Set()).add(error?.code ?? 'no code');
  }
  return Object.fromEntries(Object.entries(found).map(([level, set]) => [level, [...set]]));
}

/** A line straight into the store, as somebody else's collector would send it. */
async function push(...streams: Readonly<Record<string, string>>[]): Promise<void> {
  const at = `${BigInt(Date.now()) * 1_000_000n}`;
  const body = JSON.stringify({ streams: streams.map((stream) => ({ stream, values: [[at, 'pushed']] })) });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/push`, { method: 'POST', headers, body });
  if (answer.status !== 204) throw new Error(await answer.text());
}

/** Where the deployed configuration of the collector stands on the host. */
function deployedConfig(): string {
  const artifact = JSON.parse(readFileSync(join(d.deployRoot, 'current/artifact.json'), 'utf8')) as Artifact;
  return join(d.deployRoot, artifact.services.alloy?.store as string, 'config.alloy');
}

describe('L1 alone must fail', () => {
  it('when the store is stopped', async () => {
    await d.engine.stop('loki');
    const ended = await d.plumb('verify');
    expect(ended.code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L1: ['E_RUNTIME_SERVICE_UNHEALTHY'] });
    expect(unknown(d.report('verify'))).toEqual(expect.arrayContaining(['L3', 'L4', 'L7', 'L8']));
  });

  it('when the collector is stopped', async () => {
    await d.engine.stop('alloy');
    const ended = await d.plumb('verify');
    expect(ended.code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L1: ['E_RUNTIME_SERVICE_UNHEALTHY'] });
    expect(unknown(d.report('verify'))).toEqual(expect.arrayContaining(['L3', 'L7', 'L8']));
  });
});

describe('L3 alone must fail', () => {
  it('when a redaction rule no longer masks, and must not show the secret while saying so', async () => {
    await changed(
      `${stack}/secrets_policy.json`,
      (text) => text.replace('(?i)bearer', '(?i)no-such-word'),
      async () => {
        expect((await d.plumb('up')).code).toBe(3);
        const report = d.report('verify');
        expect(failing(report)).toEqual({ L3: ['E_PROOF_SECRET_EXPOSED'] });
        expect(report.checks.filter((check) => check.verdict === 'fail').map((check) => check.id)).toEqual([
          'L3.redaction.bearer',
        ]);
        expect(JSON.stringify(report)).toContain('***REDACTED***');
      },
    );
  });

  it('for its labels, when a stream is mislabelled', async () => {
    await changed(
      alloyTemplate,
      (text) =>
        text.replace(
          '{% if source.filename_label %}',
          '  rule {\n    target_label = "job"\n    replacement = "wrong"\n  }\n{% if source.filename_label %}',
        ),
      async () => {
        const ended = await d.plumb('up');
        expect(ended.code).toBe(3);
        expect(failing(d.report('verify'))).toEqual({ L3: ['E_PROOF_LABELS_WRONG'] });
        expect(ended.stdout).toContain('job is "wrong", not "plumbline-probe"');
      },
    );
  });

  it('with the place where the line was last seen, when the collector does not read the file', async () => {
    const elsewhere = (text: string) =>
      text.replace('source.mount + "/" + pattern', 'source.mount + "/elsewhere-" + pattern');
    await changed(alloyTemplate, elsewhere, async () => {
      const ended = await d.plumb('up');
      expect(ended.code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L3: ['E_PROOF_MARKER_MISSING'] });
      expect(ended.stdout).toMatch(/last seen in .*probe\.log; alloy does not read that file/);
      const arrival = d.report('verify').checks.find((check) => check.id === 'L3.arrival');
      expect((arrival?.evidence.attempts as unknown[] | undefined)?.length).toBeGreaterThan(3);
    });
  });

  it('when a line arrives more than once', async () => {
    const receiver = 'forward_to = [loki.process.redact.receiver';
    const twin = `loki.relabel "twin" {\n  ${receiver}]\n  rule {\n    target_label = "twin"\n    replacement = "yes"\n  }\n}\n\n`;
    const twice = (text: string) =>
      text
        .replace(`${receiver}]`, `${receiver}, loki.relabel.twin.receiver]`)
        .replace('loki.write "store"', `${twin}loki.write "store"`);
    await changed(alloyTemplate, twice, async () => {
      expect((await d.plumb('up')).code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L3: ['E_PROOF_MARKER_REPEATED'] });
    });
  });
});

describe('L4 alone must fail', () => {
  it('when one source goes around the redaction', async () => {
    const around = (text: string) =>
      text.replace(
        '[loki.process.redact.receiver]\n{% if',
        '[{% if source.name == "app" %}loki.write.store.receiver{% else %}loki.process.redact.receiver{% endif %}]\n{% if',
      );
    await changed(alloyTemplate, around, async () => {
      const ended = await d.plumb('up');
      expect(ended.code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L4: ['E_CONFIG_REDACTION_UNREACHABLE'] });
      expect(ended.stdout).toMatch(
        /loki\.source\.file\.app reaches the store without rule bearer\n\s+at .*config\.alloy:\d+:\d+/,
      );
    });
  });

  it('when a stream lacks a label, and when a label has too many values', async () => {
    const whole = { env: 'test', host: 'h', job: 'app' };
    await push({ job: 'app', env: 'test' });
    expect((await d.plumb('verify')).code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L4: ['E_PROOF_LABEL_MISSING'] });
    await push(...Array.from({ length: 101 }, (_, n) => ({ ...whole, request_id: `r${n}` })));
    expect((await d.plumb('verify')).code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L4: ['E_PROOF_LABEL_MISSING', 'E_PROOF_CARDINALITY'] });
    // The streams stay in the store: it is emptied, so that the next test has a good stack.
    await d.plumb('down', '--volumes');
  });
});

describe('L2 alone must fail', () => {
  it('when the metrics store is given an address where nobody answers', async () => {
    const elsewhere = (text: string) =>
      text.replace('host-monitor:{{ services["host-monitor"].port }}', 'host-monitor:1');
    await changed(`${stack}/templates/prometheus/prometheus.yml.j2`, elsewhere, async () => {
      expect((await d.plumb('up')).code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L2: ['E_NETWORK_TARGET_DOWN'] });
    });
  });

  it('when the dashboards are given an address where nobody answers', async () => {
    const elsewhere = (text: string) => text.replace('http://loki:{{ services.loki.port }}', 'http://loki:1');
    await changed(`${stack}/templates/grafana/provisioning/datasources/stack.yml.j2`, elsewhere, async () => {
      expect((await d.plumb('up')).code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L2: ['E_NETWORK_TARGET_DOWN'] });
    });
  });
});

describe('L5 alone must fail', () => {
  it('when a dashboard is provisioned under another uid', async () => {
    const renamed = (text: string) => text.replace('"plumbline-logs"', '"somebody-elses-logs"');
    await changed(`${stack}/templates/grafana/dashboards/logs.json.j2`, renamed, async () => {
      expect((await d.plumb('up')).code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L5: ['E_PROOF_DASHBOARD_MISSING'] });
    });
  });
});

describe('L6 alone must fail', () => {
  it('when a rule is missing', async () => {
    const without = (text: string) => text.replace('alert: NodeMemoryHigh', 'alert: SomethingElse');
    await changed(`${stack}/templates/prometheus/rules/loki_logging_v1.yml.j2`, without, async () => {
      const ended = await d.plumb('up');
      expect(ended.code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L6: ['E_PROOF_RULE_MISSING'] });
      expect(ended.stdout).toContain('loki_logging_v1 has no rule NodeMemoryHigh');
    });
  });

  it('when a rule is loaded and cannot be evaluated', async () => {
    // Two series of the same labels on one side: the expression is well formed, and fails on the data.
    const ambiguous = (text: string) => text.replace('expr: up == 0', 'expr: up * on () up == 0');
    await changed(`${stack}/templates/prometheus/rules/loki_logging_v1.yml.j2`, ambiguous, async () => {
      expect((await d.plumb('up')).code).toBe(3);
      expect(failing(d.report('verify'))).toEqual({ L6: ['E_PROOF_RULE_UNHEALTHY'] });
    });
  });
});

describe('L7 alone must fail', () => {
  it('when a service was replaced by another image behind its back', async () => {
    const folder = join(d.deployRoot, 'current/artifact');
    const other = join(folder, 'other.yml');
    writeFileSync(
      other,
      readFileSync(join(folder, 'compose.yml'), 'utf8').replace('grafana/alloy:v1.2.1', 'grafana/alloy:v1.2.0'),
    );
    const replaced = await d.engine.up('alloy', other, join(d.deployRoot, 'current/secrets.env'));
    expect(replaced.ok).toBe(true);
    await eventually('the other collector to answer', () => answers(`http://127.0.0.1:${d.ports.alloy}/-/ready`));
    expect((await d.plumb('verify')).code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L7: ['E_PROOF_PROVENANCE_MISMATCH'] });
  });

  it('and warn only, when a service was killed and started again', async () => {
    const seen = await d.engine.observe();
    const alloy = seen.ok ? seen.value.find((service) => service.service === 'alloy') : undefined;
    process.kill(Number(alloy?.instance.split('@')[0]), 'SIGKILL');
    await eventually('the collector to be started again', async () => {
      const now = await d.engine.observe();
      const again = now.ok && now.value.some((s) => s.service === 'alloy' && s.restarts > 0 && s.state === 'running');
      return again && answers(`http://127.0.0.1:${d.ports.alloy}/-/ready`);
    });
    expect((await d.plumb('verify')).code).toBe(1);
    expect(failing(d.report('verify'))).toEqual({ L7: ['E_RUNTIME_SERVICE_RESTARTED'] });
  });
});

describe('L8 alone must fail', () => {
  it('as rendered, when a file was edited on the host, and the next up must put it back', async () => {
    const file = deployedConfig();
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}// edited\n`);
    const verify = await d.plumb('verify');
    expect(verify.code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L8: ['E_PROOF_DRIFT_RENDERED'] });
    expect(verify.stdout).toContain(file);
    // Preflight warns of the edit, apply undoes it, and what runs then is green.
    const up = await d.plumb('up');
    expect(up.code).toBe(1);
    expect(up.stdout).toContain('replaced alloy');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('as loaded, when the service has loaded another file than the one that is there now', async () => {
    const file = deployedConfig();
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}// edited\n`);
    await fetch(`http://127.0.0.1:${d.ports.alloy}/-/reload`, { method: 'POST' });
    writeFileSync(file, before);
    expect((await d.plumb('verify')).code).toBe(2);
    expect(failing(d.report('verify'))).toEqual({ L8: ['E_PROOF_DRIFT_LOADED'] });
    await d.plumb('down');
  });
});

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Changes a file of the project for the time of a test. */
async function changed(file: string, change: (text: string) => string, check: () => Promise<void>): Promise<void> {
  let before = '';
  d.edit(file, (text) => {
    before = text;
    return change(text);
  });
  try {
    await check();
  } finally {
    d.edit(file, () => before);
  }
}
