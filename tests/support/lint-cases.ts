import type { StackFiles, World } from '../../runner/src/lint/finding.ts';
import { type Loose, stackFiles } from './lint.ts';

/** A configuration with a fault. */
export interface LintCase {
  readonly rule: string;
  readonly what: string;
  readonly change: (config: Loose) => unknown;
  readonly world?: Partial<World>;
  /** What its first finding says. */
  readonly says: string | RegExp;
  readonly severity?: 'warning';
  /** A person alone can mend it. */
  readonly unpatched?: true;
}

const folder = '/repo/config/stacks/observability';
const shipped = ['/shipped/stacks/observability', stackFiles()] as const;

/** The configuration's own stack after a change; the shipped one is whole. */
function withStack(change: (files: Required<StackFiles>) => StackFiles): Partial<World> {
  return { stacks: new Map<string, StackFiles>([[folder, change(stackFiles())], shipped]) };
}

export const listener = { host: '0.0.0.0', port: 13100, process: { pid: 7, name: 'nginx' } };

/** For each rule, configurations that it rejects. */
export const lintCases: readonly LintCase[] = [
  { rule: 'schema-version', what: 'a version that is a number', change: (c) => (c.schema_version = 2), says: '"2"' },
  {
    rule: 'unknown-key',
    what: 'a misspelt key',
    change: (c) => Object.assign(c, { lables: c.labels, labels: undefined }),
    says: 'did you mean "labels"?',
  },
  { rule: 'unknown-key', what: 'a key of nobody', change: (c) => (c.quorum = 3), says: 'unknown key "quorum"' },
  { rule: 'missing-key', what: 'no engine', change: (c) => delete c.engine, says: 'has no "engine"' },
  {
    rule: 'missing-key',
    what: 'no project',
    change: (c) => delete c.compose_project_name,
    says: 'has no "compose_project_name"',
  },
  {
    rule: 'missing-key',
    what: 'a source without patterns',
    change: (c) => delete c.sources[0]?.patterns,
    says: '"sources.0" has no "patterns"',
  },
  {
    rule: 'missing-key',
    what: 'no source at all',
    change: (c) => delete (c as { sources?: unknown }).sources,
    says: 'has no "sources"',
  },
  {
    rule: 'invalid-value',
    what: 'an engine that there is not',
    change: (c) => (c.engine = 'embeded'),
    says: 'did you mean "embedded"?',
  },
  {
    rule: 'invalid-value',
    what: 'a limit that is too high',
    change: (c) => (c.limits.proof_timeout_s = 9999),
    says: '"limits.proof_timeout_s"',
  },
  {
    rule: 'invalid-value',
    what: 'an address that is none',
    change: (c) => (c.bind_address = 'localhost'),
    says: '"bind_address"',
  },
  { rule: 'invalid-value', what: 'a label that is a number', change: (c) => (c.labels.env = 7), says: '"labels.env"' },
  {
    rule: 'invalid-value',
    what: 'a section of another type',
    change: (c) => ((c as { ports: unknown }).ports = []),
    says: '"ports"',
  },
  {
    rule: 'service-unknown',
    what: 'a misspelt service',
    change: (c) => Object.assign(c.ports, { lokki: c.ports.loki, loki: undefined }),
    says: /names "lokki".*did you mean "loki"/,
  },
  {
    rule: 'service-unknown',
    what: 'a service of another stack',
    change: (c) => (c.image_pins.tempo = 'x:1'),
    says: 'image_pins names "tempo"',
  },
  {
    rule: 'service-missing',
    what: 'a service without a port',
    change: (c) => delete c.ports.alloy,
    says: 'ports has no "alloy"',
  },
  {
    rule: 'service-missing',
    what: 'a service without a pin',
    change: (c) => delete c.image_pins.grafana,
    says: 'image_pins has no "grafana"',
  },
  { rule: 'port-range', what: 'a port below 1024', change: (c) => (c.ports.loki = 1023), says: 'loki is 1023' },
  { rule: 'port-range', what: 'a port above 65535', change: (c) => (c.ports.loki = 65536), says: 'loki is 65536' },
  { rule: 'port-range', what: 'a port in quotes', change: (c) => (c.ports.loki = '3100'), says: 'loki is "3100"' },
  {
    rule: 'port-distinct',
    what: 'one port for two services',
    change: (c) => (c.ports.alloy = c.ports.loki),
    says: 'alloy and loki are both given 13100',
  },
  {
    rule: 'port-free',
    what: 'a port that something listens on',
    change: () => undefined,
    world: { listeners: [listener] },
    severity: 'warning',
    says: /13100, which is in use by nginx \(process 7\)/,
  },
  {
    rule: 'path-absolute',
    what: 'a home directory',
    change: (c) => (c.path_map.deploy_root = '~/deploy'),
    says: '"~/deploy"',
  },
  { rule: 'path-absolute', what: 'nothing', change: (c) => (c.path_map.output_dir = ''), says: 'it names nothing' },
  {
    rule: 'path-absolute',
    what: 'a URL',
    change: (c) => (c.path_map.output_dir = 'file:///var/out'),
    says: 'it is a URL',
  },
  {
    rule: 'path-absolute',
    what: 'a drive',
    change: (c) => (c.sources[0]!.root = 'C:\\logs\\app'),
    says: 'it names a drive',
  },
  {
    rule: 'project-name',
    what: 'an underscore',
    change: (c) => (c.compose_project_name = 'logging_test'),
    severity: 'warning',
    says: '"logging_test"',
  },
  {
    rule: 'project-name',
    what: 'what compose refuses',
    change: (c) => (c.compose_project_name = 'Logging Test'),
    says: '"Logging Test"',
  },
  { rule: 'project-name', what: 'nothing but a dash', change: (c) => (c.compose_project_name = '-'), says: '"-"' },
  {
    rule: 'image-tag',
    what: 'latest',
    change: (c) => (c.image_pins.loki = 'grafana/loki:latest'),
    says: 'moves with every release',
  },
  {
    rule: 'image-tag',
    what: 'no tag',
    change: (c) => (c.image_pins.loki = 'registry:5000/our/loki'),
    says: 'has no tag',
  },
  {
    rule: 'toggle-boolean',
    what: 'a toggle in quotes',
    change: (c) => (c.checks.firewall = 'true'),
    says: 'checks.firewall is "true"',
  },
  {
    rule: 'toggle-boolean',
    what: 'a toggle that is a number',
    change: (c) => (c.sources[0]!.filename_label = 0),
    says: 'sources.0.filename_label is 0',
  },
  {
    rule: 'profile-known',
    what: 'no profile where there must be one',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: [] } }),
    says: 'filesystem.profiles.values is empty, and profiles are enabled',
  },
  {
    rule: 'profile-known',
    what: 'no default profile',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: ['dev'] } }),
    says: 'filesystem.profiles has no "default". Allowed profiles: dev (filesystem.profiles.values).',
  },
  {
    rule: 'profile-known',
    what: 'a default profile that there is not',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: ['dev', 'ml'], default: 'qa' } }),
    says: 'Unknown profile "qa". Allowed profiles: dev, ml (filesystem.profiles.values).',
  },
  {
    rule: 'profile-known',
    what: 'a chosen profile that there is not',
    change: (c) =>
      Object.assign(c, { profile: 'qa', filesystem: { profiles: { enabled: true, values: ['dev'], default: 'dev' } } }),
    says: 'Unknown profile "qa". Allowed profiles: dev (filesystem.profiles.values).',
  },
  {
    rule: 'profile-known',
    what: 'two profiles with one folder',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: ['a_b', 'a-b'], default: 'a_b' } }),
    says: '"a_b" and "a-b" would both be "a-b"',
  },
  {
    rule: 'profile-known',
    what: 'a profile where there are none',
    change: (c) => (c.profile = 'dev'),
    says: 'profile is "dev", and profiles are not enabled',
  },
  {
    rule: 'run-dir',
    what: 'a token that there is not',
    change: (c) => (c.filesystem = { naming: { run_dir: '{pipeline}/{run_id}' } }),
    says: '{pipeline} is no token; there are pipeline_slug, profile',
  },
  {
    rule: 'run-dir',
    what: 'a token that comes too late',
    change: (c) => (c.filesystem = { naming: { run_dir: '{status}/{run_id}' } }),
    says: '{status} is not known yet when the folder of a run is made',
  },
  {
    rule: 'run-dir',
    what: 'one name for two runs',
    change: (c) => (c.filesystem = { naming: { run_dir: '{pipeline_slug}/{run_ts}' } }),
    says: 'has no {run_id}, and two runs would share a folder',
  },
  {
    rule: 'run-dir',
    what: 'a brace that nothing closes',
    change: (c) => (c.filesystem = { naming: { run_dir: '{run_id}-{user' } }),
    says: 'a brace is left open, or closes nothing',
  },
  { rule: 'retention', what: 'less than a day', change: (c) => (c.limits.retention = '12h'), says: 'at least 24h' },
  { rule: 'retention', what: 'no hours', change: (c) => (c.limits.retention = '30d'), says: 'it is written in hours' },
  {
    rule: 'retention',
    what: 'no time',
    change: (c) => (c.limits.retention = 'always'),
    says: 'it is no number of hours',
  },
  {
    rule: 'retention',
    what: 'centuries',
    change: (c) => (c.limits.retention = '1000000h'),
    severity: 'warning',
    says: 'hardly meant',
  },
  {
    rule: 'source-name',
    what: 'one name for two sources',
    change: (c) => (c.sources[1]!.name = 'varlog'),
    says: '"varlog" is given to two sources',
  },
  {
    rule: 'source-name',
    what: "the name of the proof's own source",
    change: (c) => (c.sources[0]!.name = 'probe'),
    says: '"probe" is the name',
  },
  {
    rule: 'placeholder',
    what: 'a tag that nobody chose',
    change: (c) => (c.image_pins.loki = 'our/loki:CHOOSE_A_TAG'),
    unpatched: true,
    says: 'CHOOSE_A_TAG waits',
  },
  {
    rule: 'placeholder',
    what: 'a label that nobody chose',
    change: (c) => (c.labels.team = 'CHANGE_ME'),
    unpatched: true,
    says: 'labels.team',
  },
  {
    rule: 'stack-found',
    what: 'a stack that is elsewhere',
    change: (c) => (c.path_map.stacks_dir = '/nowhere'),
    says: 'there is no /nowhere/observability/stack.json',
  },
  {
    rule: 'stack-found',
    what: 'a stack that there is not',
    change: (c) => (c.stack = 'observabilty'),
    says: 'the stack "observabilty"',
  },
  {
    rule: 'secrets-policy',
    what: 'a stack without one',
    change: () => undefined,
    world: withStack(({ policy: _, ...rest }) => rest),
    says: 'sets no secrets policy',
  },
  {
    rule: 'stack-whole',
    what: 'an expression that cannot be compiled',
    change: () => undefined,
    unpatched: true,
    says: 'the redaction rule bearer',
    world: withStack((files) => ({
      ...files,
      policy: { ...files.policy, redaction: [{ name: 'bearer', expression: '(a', sample: '{secret}' }] },
    })),
  },
  {
    rule: 'stack-whole',
    what: 'a secret that is changed by an API that nobody knows',
    change: () => undefined,
    unpatched: true,
    says: 'an API "accuont"',
    world: withStack((files) => ({
      ...files,
      policy: {
        ...files.policy,
        secrets: [
          {
            service: 'grafana',
            name: 'password',
            bytes: 24,
            change: { login: 'accuont', api: 'account_password', body: { password: '{new}' } },
          },
        ],
      },
    })),
  },
];
