import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@plumbline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';

// Each test breaks one thing of a good stack. Exactly the level that speaks of it must fail, with its code.
let d: Deployment;

const alloyTemplate = 'config/stacks/observability/templates/alloy/config.alloy.j2';

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
  d.configure((config) => {
    config.limits = { proof_timeout_s: 4 };
  });
});

beforeEach(async () => {
  expect((await d.plumb('up')).stdout).toMatch(/^green/);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** Level -> the codes of its checks that failed, and of those that could not look. */
function broken(report: Report): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { id, verdict, error } of report.checks) {
    if (verdict === 'pass' || verdict === 'skipped') continue;
    const key = `${id.slice(0, 2)} ${verdict}`;
    found[key] = [...(found[key] ?? []), error?.code ?? 'no code'];
  }
  return found;
}

describe('verify', () => {
  it('must fail L1 alone when the store is stopped, and must not call the proof failed that could not be made', async () => {
    await d.engine.stop('loki');
    const ended = await d.plumb('verify');
    expect(ended.code).toBe(2);
    expect(broken(d.report('verify'))).toEqual({
      'L1 fail': ['E_RUNTIME_SERVICE_UNHEALTHY', 'E_RUNTIME_SERVICE_UNHEALTHY'],
      'L3 unknown': ['E_PROOF_PATH_DOWN'],
    });
  });

  it('must fail L1 alone when the collector is stopped', async () => {
    await d.engine.stop('alloy');
    const ended = await d.plumb('verify');
    expect(ended.code).toBe(2);
    expect(broken(d.report('verify'))).toEqual({
      'L1 fail': ['E_RUNTIME_SERVICE_UNHEALTHY'],
      'L3 unknown': ['E_PROOF_PATH_DOWN'],
    });
  });

  it('must fail L3 alone when the redaction no longer masks, and must not show the secret while saying so', async () => {
    const rule = /\n {2}\/\/ \{\{ rule\.name \}\}\n {2}stage\.replace \{[^}]*\}\}[^}]*\}\}\n {2}\}\n/;
    await changed(
      alloyTemplate,
      (text) => text.replace(rule, '\n'),
      async () => {
        const ended = await d.plumb('up');
        expect(ended.code).toBe(2);
        const report = d.report('verify');
        expect(broken(report)).toEqual({ 'L3 fail': Array(4).fill('E_PROOF_SECRET_EXPOSED') });
        expect(JSON.stringify(report)).toContain('***REDACTED***');
      },
    );
  });

  it('must fail L3 alone, for its labels, when a stream is mislabelled', async () => {
    await changed(
      alloyTemplate,
      (text) =>
        text.replace(
          '{% if source.filename_label %}',
          '  rule {\n    target_label = "job"\n    replacement = "wrong"\n  }\n{% if source.filename_label %}',
        ),
      async () => {
        const ended = await d.plumb('up');
        expect(ended.code).toBe(2);
        expect(broken(d.report('verify'))).toMatchObject({ 'L3 fail': ['E_PROOF_LABELS_WRONG'] });
        expect(ended.stdout).toContain('job is "wrong", not "plumbline-probe"');
      },
    );
  });

  it('must fail L3 with the place where the line was last seen when the collector does not read the file', async () => {
    await changed(
      'config/stacks/observability/stack.json',
      (text) => text.replace('"probe.log"', '"other.log"'),
      async () => {
        await d.plumb('up');
        // The artifact is of the other name, so the collector watches that; the proof now writes where nobody looks.
      },
    );
    const ended = await d.plumb('verify');
    expect(ended.code).toBe(2);
    expect(broken(d.report('verify'))).toEqual({ 'L3 fail': ['E_PROOF_MARKER_MISSING'] });
    expect(ended.stdout).toMatch(/last seen in .*probe\.log; alloy does not read that file/);
    const arrival = d.report('verify').checks.find((check) => check.id === 'L3.arrival');
    expect((arrival?.evidence.attempts as unknown[] | undefined)?.length).toBeGreaterThan(3);
  });

  it('must fail L3 when a line arrives more than once', async () => {
    const twice = (text: string) =>
      text
        .replace(
          'forward_to = [loki.process.redact.receiver]',
          'forward_to = [loki.process.redact.receiver, loki.relabel.twin.receiver]',
        )
        .replace(
          'loki.write "store"',
          'loki.relabel "twin" {\n  forward_to = [loki.process.redact.receiver]\n  rule {\n    target_label = "twin"\n    replacement = "yes"\n  }\n}\n\nloki.write "store"',
        );
    await changed(alloyTemplate, twice, async () => {
      const ended = await d.plumb('up');
      expect(ended.code).toBe(2);
      expect(broken(d.report('verify'))).toEqual({ 'L3 fail': ['E_PROOF_MARKER_REPEATED'] });
    });
  });
});

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
