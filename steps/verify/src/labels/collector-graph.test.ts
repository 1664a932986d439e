import { failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { judgeCollector } from './collector-graph.ts';

const base = demoEnvironment();
const config = {
  ...base,
  secretsPolicy: {
    schema_version: '1' as const,
    replacement: '[R]',
    secrets: [],
    redaction: [
      { name: 'pw', expression: 'password=(\\S+)', sample: 'password={secret}' },
    ] as (typeof base)['secretsPolicy']['redaction'],
  },
};

const mask = 'stage.replace {\n expression = "password=(\\\\S+)"\n replace = "[R]"\n }';

function collector(parts: { readonly to?: string; readonly process?: string; readonly more?: string }): string {
  return `
local.file_match "app" { path_targets = [{"__path__" = "/x/*.log"}] }
loki.source.file "app" {
  targets    = local.file_match.app.targets
  forward_to = [${parts.to ?? 'loki.process.redact.receiver'}]
}
loki.process "redact" {
  forward_to = [loki.write.store.receiver]
  ${parts.process ?? mask}
}
loki.write "store" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
${parts.more ?? ''}`;
}

function verdicts(text: string): Record<string, string> {
  const checks = judgeCollector({ ok: true, value: { text, file: 'config.alloy' } }, config);
  return Object.fromEntries(checks.map((check) => [check.id.slice(3), check.error?.code ?? check.verdict]));
}

describe('redaction', () => {
  it('must hold where every way to the store passes the rule', () => {
    expect(verdicts(collector({}))).toEqual({ redaction: 'pass', allowlists: 'skipped' });
  });

  it('must hold where two processes share the work, one way each', () => {
    const more = `loki.process "other" {\n forward_to = [loki.write.store.receiver]\n ${mask}\n}`;
    expect(
      verdicts(collector({ to: 'loki.process.redact.receiver, loki.process.other.receiver', more })).redaction,
    ).toBe('pass');
  });

  it.each([
    ['the stage is commented out', { process: mask.replace(/^/gm, '// ') }],
    ['the stage has another expression', { process: mask.replace('password', 'passwort') }],
    ['the stage puts something else in the place', { process: mask.replace('[R]', '$1') }],
    [
      'the stage masks an extracted value, not the line',
      { process: mask.replace('expression', 'source = "x"\n expression') },
    ],
    ['the stage stands inside a match', { process: `stage.match {\n selector = "{job=\\"x\\"}"\n ${mask}\n }` }],
    ['one way leads around it', { to: 'loki.process.redact.receiver, loki.write.store.receiver' }],
    ['the stage is in a process that no source sends to', { to: 'loki.write.store.receiver' }],
  ])('must fail where %s', (_, parts) => {
    expect(verdicts(collector(parts)).redaction).toBe('E_CONFIG_REDACTION_UNREACHABLE');
  });

  it('must be unknown, and not passed, where there is no source at all', () => {
    const text = 'loki.write "store" {\n endpoint {\n url = "http://loki:3100/loki/api/v1/push"\n }\n}\n';
    const [check] = judgeCollector({ ok: true, value: { text, file: 'config.alloy' } }, config);
    expect([check?.id, check?.verdict, check?.error?.place]).toEqual(['L4.redaction', 'unknown', 'config.alloy']);
  });

  it('must name the source that leaks, and its line', () => {
    const [check] = judgeCollector(
      { ok: true, value: { text: collector({ to: 'loki.write.store.receiver' }), file: 'config.alloy' } },
      config,
    );
    expect(check?.summary).toBe('1 ways around the redaction: loki.source.file.app reaches the store without rule pw');
    expect(check?.error?.place).toBe('config.alloy:3:1');
  });
});

describe('allowlists', () => {
  const docker = (keep: string) => `
discovery.docker "all" { host = "unix:///var/run/docker.sock" }
discovery.relabel "some" {
  targets = discovery.docker.all.targets
  ${keep}
}
loki.source.docker "some" {
  host       = "unix:///var/run/docker.sock"
  targets    = discovery.relabel.some.output
  forward_to = [loki.process.redact.receiver]
}`;
  const journal = (matches: string) =>
    `loki.source.journal "j" {\n forward_to = [loki.process.redact.receiver]\n ${matches}\n}`;

  it.each([
    [
      'containers that a keep rule chooses',
      docker('rule {\n action = "keep"\n source_labels = ["x"]\n regex = "a"\n }'),
    ],
    ['units that are named', journal('matches = "_SYSTEMD_UNIT=ssh.service"')],
  ])('must hold for %s', (_, more) => {
    expect(verdicts(collector({ more })).allowlists).toBe('pass');
  });

  it.each([
    ['containers without a rule', docker('')],
    ['containers with a rule that keeps nothing out', docker('rule {\n action = "replace"\n target_label = "x"\n }')],
    ['every unit', journal('')],
  ])('must fail for %s', (_, more) => {
    expect(verdicts(collector({ more })).allowlists).toBe('E_CONFIG_ALLOWLIST_MISSING');
  });
});

it('must be unknown, never passed, where the configuration cannot be read or parsed', () => {
  const unread = judgeCollector({ ok: false, failure: failure('E_CONFIG_NOT_FOUND', 'gone') }, config);
  expect(unread.map((check) => check.verdict)).toEqual(['unknown', 'unknown']);
  expect(verdicts('loki.write "store" {')).toEqual({ redaction: 'E_CONFIG_PARSE', allowlists: 'E_CONFIG_PARSE' });
});
