import { slug } from '@plumbline/contracts';
import { pointerOf } from '@plumbline/formats/json-patch';
import { visible } from '@plumbline/formats/shown';
import { defaults, deployRootOf } from '../lint/defaults.ts';
import { isObject } from '../lint/subject.ts';
import type { Config, Migration, Note } from './migration.ts';
import { withServices } from './v1-services.ts';
import { sourcesOfRoots, withoutRoots } from './v1-sources.ts';

/** Keys of version 1 that mean the same in version 2. */
const kept = [
  '$schema',
  'compose_project_name',
  'execution_mode',
  'ports',
  'path_map',
  'image_pins',
  'offline_mode',
] as const;

/** Why version 2 has no place for what version 1 says. */
const gone: Readonly<Record<string, string>> = {
  secrets_policy: 'the policy is a file of the stack: config/stacks/<stack>/secrets_policy.json',
  'path_map/compose_file': 'the compose file is generated from a template of the stack',
  'path_map/staging_dir': 'what is deployed is written below deploy_root',
  'toggles/verify_dashboards': 'verify always looks at the dashboards that the stack declares',
  'toggles/verify_prom_rules': 'verify always looks at the rules that the stack declares',
  'toggles/verify_cardinality': 'verify always counts the values of labels',
  'toggles/verify_redaction': 'verify always plants a secret and looks for it',
  'toggles/verify_codeswarm_ingest': 'verify proves the ingestion of each source under `sources`',
  'toggles/enable_telemetry_writer': 'Plumbline starts no writer; what one writes is a source',
};

/** Version 1 deployed containers, and knew no other engine: a stand-in in the place of one would be another service. */
const ENGINE = 'docker';

/** From the configuration of seed 002 (its test values) to an environment. */
export const v1ToV2: Migration = {
  from: '1',
  to: '2',
  migrate(old) {
    const services = withServices(old);
    const paths = withPaths(old);
    const sources = sourcesOfRoots(old.path_map);
    const filled: Config = {
      bootstrap_version: defaults.bootstrap_version,
      engine: ENGINE,
      stack: defaults.stack,
      compose_project_name: defaults.compose_project_name,
      execution_mode: defaults.execution_mode,
      labels: { env: projectOf(old) },
      sources: sources.sources,
    };
    const same = Object.fromEntries(kept.flatMap((key) => (Object.hasOwn(old, key) ? [[key, old[key]]] : [])));
    const config: Config = { ...filled, ...same, ...services.config, ...paths.config, schema_version: '2' };
    const added = Object.keys(filled).filter((key) => !Object.hasOwn(same, key) && key !== 'sources');
    return {
      config,
      notes: [
        ...dropped(old),
        ...paths.notes,
        ...services.notes,
        ...sources.notes,
        ...added.map((key) =>
          Object.hasOwn(old, key) ? renewed(key, old[key], filled[key]) : fill([key], filled[key]),
        ),
      ],
    };
  },
};

/** Whatever is of no use any more: known by name with its reason, or unknown. */
function dropped(old: Config): readonly Note[] {
  const handled: ReadonlySet<string> = new Set([...kept, 'schema_version', 'bootstrap_version']);
  return Object.entries(old)
    .filter(([key]) => !handled.has(key))
    .flatMap(([key, value]) =>
      isObject(value) && Object.keys(value).length > 0
        ? Object.entries(value).map(([name, inner]) => drop([key, name], inner))
        : [drop([key], value)],
    );
}

function withPaths(old: Config): { readonly config: Config; readonly notes: readonly Note[] } {
  if (old.path_map !== undefined && !isObject(old.path_map)) return { config: {}, notes: [] };
  const known = new Set(['repo_root', 'output_dir', 'deploy_root', 'stacks_dir', 'pipelines_dir']);
  const given = Object.entries(withoutRoots(old.path_map ?? {}));
  const same = Object.fromEntries(given.filter(([name]) => known.has(name)));
  const outputDir = typeof same.output_dir === 'string' ? same.output_dir : defaults.path_map.output_dir;
  const filled: Config = {
    repo_root: defaults.path_map.repo_root,
    deploy_root: deployRootOf(outputDir, projectOf(old)),
  };
  return {
    config: { path_map: { ...filled, ...same } },
    notes: [
      ...given.filter(([name]) => !known.has(name)).map(([name, value]) => drop(['path_map', name], value)),
      ...Object.keys(filled)
        .filter((name) => !Object.hasOwn(same, name))
        .map((name) => fill(['path_map', name], filled[name])),
    ],
  };
}

/** Names what is this environment's alone. */
function projectOf({ compose_project_name: name }: Config): string {
  return (typeof name === 'string' ? slug(name) : '') || 'migrated';
}

function drop(path: readonly string[], value: unknown): Note {
  const why = gone[path.join('/')] ?? 'version 1 has no such key, so nothing is made of it';
  const what = visible(`${path.join('.')}, ${JSON.stringify(value)}`);
  return { kind: 'dropped', pointer: pointerOf(path), message: `${what}: ${why}` };
}

/** Version 1 gave a version of its own generator; version 2 asks for that of Plumbline. */
function renewed(key: string, before: unknown, now: unknown): Note {
  const message = `${key} is ${JSON.stringify(now)}, the Plumbline that the file is for now; it was ${visible(JSON.stringify(before))}`;
  return { kind: 'moved', pointer: pointerOf([key]), message };
}

function fill(path: readonly string[], value: unknown): Note {
  const message = `${path.join('.')} is ${JSON.stringify(value)}`;
  return { kind: 'filled', pointer: pointerOf(path), message };
}
