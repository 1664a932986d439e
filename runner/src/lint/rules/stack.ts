import { didYouMean, nearest } from '@plumbline/formats/did-you-mean';
import type { PatchOperation } from '@plumbline/formats/json-patch';
import { compileRe2 } from '@plumbline/formats/re2';
import { named, shown, textOf, visible } from '@plumbline/formats/shown';
import { defaults } from '../defaults.ts';
import type { Found, Rule, Subject } from '../finding.ts';
import { isObject, stackOf } from '../subject.ts';
import { circleOf } from './start-order.ts';

export const stackFound: Rule = {
  id: 'stack-found',
  code: 'E_CONFIG_NOT_FOUND',
  severity: 'error',
  summary: 'the stack is a folder of stacks_dir, with its stack.json',
  check: (subject) => {
    const { folder, files } = stackOf(subject);
    if (typeof subject.config.stack !== 'string' || files !== undefined) return [];
    const where = `there is no ${visible(folder)}/stack.json`;
    const path = isObject(subject.config.path_map) ? ['path_map'] : [];
    return [{ path, message: `the stack ${shown(subject.config.stack)}: ${where}`, ...decide, ...toShipped(subject) }];
  },
};

const decide = { hint: 'name the folder that has the stack: path_map.stacks_dir, or path_map.repo_root above it' };

export const secretsPolicy: Rule = {
  id: 'secrets-policy',
  code: 'E_CONFIG_NOT_FOUND',
  severity: 'error',
  summary: 'the stack has a secrets_policy.json: what must be masked, and which secrets are made',
  check: (subject) => {
    const { folder, files } = stackOf(subject);
    if (files?.stack === undefined || files.policy !== undefined) return [];
    if (files.problems.some(({ place }) => place?.file === `${folder}/secrets_policy.json`)) return [];
    const message = `the stack ${files.stack.name} sets no secrets policy: there is no ${visible(folder)}/secrets_policy.json`;
    return [{ path: ['stack'], message, ...toShipped(subject) }];
  },
};

/** Points to a stack that is shipped and whole, of the same name or of the one that was meant; another is not proposed. */
function toShipped({ config, world }: Subject): Pick<Found, 'patch'> {
  const whole = (name: unknown) => {
    const files = world.stacks.get(`${world.shipped}/${textOf(name)}`);
    return files?.stack !== undefined && files.policy !== undefined;
  };
  const name = whole(config.stack) ? config.stack : nearest(textOf(config.stack), [defaults.stack]);
  if (name === undefined || !whole(name) || !isObject(config.path_map)) return {};
  const patch: PatchOperation[] = [{ op: 'add', path: '/path_map/stacks_dir', value: world.shipped }];
  return { patch: name === config.stack ? patch : [...patch, { op: 'replace', path: '/stack', value: name }] };
}

export const stackWhole: Rule = {
  id: 'stack-whole',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'the stack’s own files fit their schemas and each other; these are not mended from here',
  check: (subject) => {
    const { folder, files } = stackOf(subject);
    if (files === undefined) return [];
    const broken = files.problems.map(
      ({ code, message, place }): Found => ({ code, message, path: [], elsewhere: place ?? { file: folder } }),
    );
    return [
      ...broken,
      ...redaction(folder, files),
      ...strangers(folder, files),
      ...unknownApis(folder, files),
      ...circle(folder, files),
    ];
  },
};

type Files = NonNullable<ReturnType<typeof stackOf>['files']>;

function redaction(folder: string, { policy, stack }: Files): readonly Found[] {
  return (policy?.redaction ?? []).flatMap(({ name, expression }) => {
    const compiled = compileRe2(expression);
    if (compiled.ok) return [];
    const message = `the redaction rule ${named(name)} of the stack ${stack?.name}: ${visible(compiled.failure.message)}`;
    return [{ message, path: [], elsewhere: { file: `${folder}/secrets_policy.json` } }];
  });
}

/** APIs that the secrets policy changes a secret by and the health contract does not have. */
function unknownApis(folder: string, { policy, health }: Files): readonly Found[] {
  const apis = Object.keys(health?.apis ?? {});
  if (health === undefined) return [];
  return (policy?.secrets ?? []).flatMap(({ service, name, change }) =>
    [change?.login, change?.api].flatMap((api) => {
      if (api === undefined || apis.includes(api)) return [];
      const message = `${named(name)} of ${named(service)} is changed by an API ${shown(api)} that the health contract does not have${didYouMean(api, apis)}`;
      return [{ message, path: [], elsewhere: { file: `${folder}/secrets_policy.json` } }];
    }),
  );
}

/** Services that the health contract or the proof speak of and the stack does not have. */
function strangers(folder: string, { stack, health }: Files): readonly Found[] {
  if (stack === undefined) return [];
  const services = Object.keys(stack.services);
  const asked = [
    ...(health?.endpoints ?? []).map((endpoint) => endpoint.service),
    ...Object.values(health?.apis ?? {}).map((api) => api.service),
    stack.probe.store,
    stack.probe.collector,
  ];
  return [...new Set(asked.filter((name) => !services.includes(name)))].map((name) => {
    const what = `the stack ${stack.name} speaks of a service ${shown(name)} that it does not have`;
    return { message: `${what}${didYouMean(name, services)}`, path: [], elsewhere: { file: folder } };
  });
}

function circle(folder: string, { stack }: Files): readonly Found[] {
  const found = stack === undefined ? undefined : circleOf(stack.services);
  return found === undefined ? [] : [{ ...found, path: [], elsewhere: { file: `${folder}/stack.json` } }];
}
