import {
  type Artifact,
  contractName,
  type Environment,
  err,
  failure,
  hashOf,
  KEPT_ENVIRONMENT,
  keptEnvironmentText,
  LABELS,
  type LockedImages,
  ok,
  type Result,
  sha256,
  storeName,
} from '@plumbline/contracts';
import { parseCompose } from '@plumbline/formats/compose';
import { renderTemplate } from '@plumbline/formats/template';
import { parseYaml } from '@plumbline/formats/yaml';
import { checkRendered } from './check.ts';
import { buildModel, type Model, type ServiceModel } from './model.ts';
import type { Templates } from './observe.ts';

const COMPOSE = contractName('payload', 'compose');
const PAYLOAD = contractName('payload', 'folder');
/** What is deployed is never edited in place. */
const READ_ONLY = '0444' as const;

/** The artifact and the text of its files, by their path in the payload. */
export interface Generated {
  readonly artifact: Artifact;
  readonly files: ReadonlyMap<string, string>;
}

/** Renders the stack. Pure: the same environment and templates give the same bytes and the same hashes. */
export function plan(config: Environment, templates: Templates, images?: LockedImages): Result<Generated> {
  const rendered = renderConfigs(config, templates);
  if (!rendered.ok) return rendered;
  const { files, services, model } = rendered.value;
  const compose = renderCompose(config, templates, model, services);
  if (!compose.ok) return compose;
  const { hashes, volumes } = compose.value;
  const all = new Map([
    ...files,
    [COMPOSE, compose.value.text] as const,
    [KEPT_ENVIRONMENT, keptEnvironmentText(config)] as const,
  ]);
  const { requirements } = config.stack;
  const content = {
    schema_version: '1' as const,
    project: model.project,
    environment: config.name,
    stack: config.stack.name,
    payload_dir: PAYLOAD,
    compose_file: COMPOSE,
    ...(requirements === undefined ? {} : { runtime_stack_requirements: requirements }),
    services: Object.fromEntries(
      [...services].map(([name, { image, store, config_sha256 }]) => {
        const after = config.stack.services[name]?.after ?? [];
        return [
          name,
          {
            image,
            store,
            config_sha256,
            service_hash: hashes.get(name) ?? '',
            after,
            volumes: volumes.get(name) ?? [],
          },
        ] as const;
      }),
    ),
    ...(images === undefined ? {} : { images }),
    files: [...all]
      .map(([path, text]) => ({ path, sha256: sha256(text), size: Buffer.byteLength(text), mode: READ_ONLY }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  return ok({ artifact: { ...content, generation: hashOf(content) }, files: all });
}

type Rendered = ServiceModel & { readonly config_sha256: string };

function renderConfigs(config: Environment, templates: Templates) {
  const model = buildModel(config);
  const files = new Map<string, string>();
  const services = new Map<string, Rendered>();
  for (const [name, service] of Object.entries(config.stack.services)) {
    const listing: Record<string, string> = {};
    for (const { template, path, format } of service.config.files) {
      const text = renderTemplate(templates, template, { ...model });
      if (!text.ok) return text;
      if (text.value.trim() === '')
        return err(failure('E_CONFIG_TEMPLATE', 'the template renders to nothing', { place: { file: template } }));
      const valid = checkRendered(format, text.value, `${name}/${path}`);
      if (!valid.ok) return valid;
      files.set(`${name}/${path}`, text.value);
      listing[path] = sha256(text.value);
    }
    const config_sha256 = hashOf(listing);
    services.set(name, {
      ...(model.services[name] as ServiceModel),
      config_sha256,
      store: storeName(name, config_sha256),
    });
  }
  return ok({ model, files, services });
}

/** Rendered twice: a service's hash is of its part of the file, and then stands in that part as a label. */
function renderCompose(
  config: Environment,
  templates: Templates,
  model: Model,
  services: ReadonlyMap<string, Rendered>,
) {
  const render = (hashes: ReadonlyMap<string, string>) => {
    const filled = Object.fromEntries(
      [...services].map(([name, service]) => [name, { ...service, service_hash: hashes.get(name) ?? '' }]),
    );
    return renderTemplate(templates, config.stack.compose_template, { ...model, services: filled });
  };
  const first = render(new Map());
  if (!first.ok) return first;
  const parsed = parseYaml(first.value, COMPOSE);
  if (!parsed.ok) return parsed;
  const parts = (parsed.value.value as { services?: Record<string, ComposeService> }).services ?? {};
  const missing = [...services.keys()].find((name) => parts[name] === undefined);
  if (missing !== undefined)
    return err(
      failure('E_CONFIG_TEMPLATE', `the compose template has no service ${missing}`, {
        place: { file: config.stack.compose_template },
      }),
    );
  const hashes = new Map(
    Object.entries(parts).map(
      ([name, part]) => [name, hashOf({ ...part, labels: { ...part.labels, [LABELS.serviceHash]: '' } })] as const,
    ),
  );
  const text = render(hashes);
  if (!text.ok) return text;
  if (config.bootstrap.engine === 'embedded') {
    const subset = parseCompose(text.value, COMPOSE);
    if (!subset.ok) return subset;
  }
  const volumes = new Map(Object.entries(parts).map(([name, part]) => [name, volumesOf(part)] as const));
  return ok({ text: text.value, hashes, volumes });
}

/** What is read of a service of the compose file here: any engine's file has it. */
interface ComposeService {
  readonly labels?: Record<string, string>;
  readonly volumes?: readonly { readonly type?: string; readonly source?: string }[];
}

/** The volumes that hold a service's data. */
function volumesOf({ volumes }: ComposeService): string[] {
  return (volumes ?? []).flatMap(({ type, source }) => (type === 'volume' && source !== undefined ? [source] : []));
}
