import { isAbsolute, join, normalize } from 'node:path/posix';
import {
  type Bootstrap,
  contractPath,
  type Environment,
  type SecretsPolicy,
  type Stack,
  versionReference,
} from '@plumbline/contracts';

/** One log source as the templates see it. */
export interface SourceModel {
  readonly name: string;
  /** As the user wrote it. */
  readonly root: string;
  /** What compose.yml mounts: absolute, or relative to the deploy root. */
  readonly bind: string;
  /** Where it appears in the collector's container. */
  readonly mount: string;
  readonly patterns: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly filename_label: boolean;
}

/** What templates may use. Nothing in it is a path of the host but what the user wrote. */
export interface Model {
  readonly project: string;
  readonly environment: string;
  readonly bind_address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: { readonly retention: string };
  readonly replacement: string;
  readonly redaction: SecretsPolicy['redaction'];
  readonly sources: readonly SourceModel[];
  readonly services: Readonly<Record<string, ServiceModel>>;
}

export interface ServiceModel {
  readonly image: string;
  readonly port: number;
  readonly published: number;
  readonly store: string;
  readonly service_hash: string;
  /**
   * Of a service that the policy has secrets for: the directory to mount, and its version. Both name a variable, for
   * the version is the host's, and an artifact is of no host.
   */
  readonly secrets?: { readonly source: string; readonly version: string };
}

/** Builds the values for the templates. Pure. */
export function buildModel(config: Environment): Model {
  const { bootstrap, stack, secretsPolicy } = config;
  return {
    project: bootstrap.compose_project_name,
    environment: config.name,
    bind_address: bootstrap.bind_address ?? '127.0.0.1',
    labels: sorted(bootstrap.labels ?? {}),
    limits: { retention: bootstrap.limits?.retention ?? '720h' },
    replacement: secretsPolicy.replacement,
    redaction: secretsPolicy.redaction,
    sources: [...bootstrap.sources.map((source) => sourceModel(source, config)), probeSource(stack)],
    services: Object.fromEntries(
      Object.entries(stack.services).map(([name, { port }]) => {
        return [
          name,
          {
            image: bootstrap.image_pins[name] ?? '',
            port,
            published: bootstrap.ports[name] ?? 0,
            store: '',
            service_hash: '',
            ...secretsModel(name, secretsPolicy),
          },
        ];
      }),
    ),
  };
}

function secretsModel(service: string, { secrets }: SecretsPolicy): Pick<ServiceModel, 'secrets'> {
  if (!secrets.some((secret) => secret.service === service)) return {};
  const version = versionReference(service);
  return { secrets: { source: contractPath('deploy', 'secret_dir', '.', { service, version }), version } };
}

function sourceModel(source: Bootstrap['sources'][number], config: Environment): SourceModel {
  return {
    name: source.name,
    root: source.root,
    bind: bindOf(source.root, config),
    mount: `/sources/${source.name}`,
    patterns: source.patterns,
    labels: sorted(source.labels),
    filename_label: source.filename_label ?? true,
  };
}

/** Templates write labels one by one, and the order of keys in a configuration means nothing. */
function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The proof writes to a file that is collected like any other. */
function probeSource(stack: Stack): SourceModel {
  const folder = contractPath('deploy', 'probe', '.');
  return {
    name: 'probe',
    root: folder,
    bind: folder,
    mount: stack.probe.mount,
    patterns: [stack.probe.file],
    labels: sorted(stack.probe.labels),
    filename_label: false,
  };
}

/**
 * A relative root is relative to repo_root, and compose.yml reads it relative to the deploy root. The way between the
 * two names no path of the host, unless the deploy root is outside the repository: then only an absolute path is right.
 */
function bindOf(root: string, { bootstrap, paths }: Environment): string {
  if (isAbsolute(root)) return root;
  const deployRoot = normalize(bootstrap.path_map.deploy_root);
  if (isAbsolute(deployRoot) || /^\.\.(\/|$)/.test(deployRoot)) return join(paths.repo_root, root);
  return relativePath(deployRoot, normalize(root));
}

/** The way from one path to another, both relative to the same folder, the first of them below it. */
function relativePath(from: string, to: string): string {
  const parts = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');
  const [a, b] = [parts(from), parts(to)];
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/') || '.';
}
