import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type Failure,
  type HealthContract,
  ok,
  type Result,
  type SecretsPolicy,
  type Stack,
} from '@plumbline/contracts';
import { healthContract, secretsPolicy, stack, type Validator } from '@plumbline/contracts/validators';
import { fitDocument } from '@plumbline/formats/document';
import { readSource } from '@plumbline/formats/source';
import { createEngine } from '../adapters/engines.ts';
import { files } from '../adapters/files.ts';
import { host } from '../adapters/host.ts';
import { installRoot } from '../adapters/install-root.ts';
import type { StackFiles, Subject, World } from '../lint/finding.ts';
import { deployRootOf, stacksFolder } from '../lint/subject.ts';

/** A configuration, and where its values are written. */
type Written = Pick<Subject, 'config' | 'document'>;

/** The world around a configuration as it is now, and what of it could not be looked at. Changes nothing. */
export async function worldOf(
  written: Written,
): Promise<{ readonly world: World; readonly unseen: readonly Failure[] }> {
  const shipped = join(installRoot(), 'config/stacks');
  const folders = [...new Set([stacksFolder(written), shipped])];
  const stacks = new Map((await Promise.all(folders.map(stacksIn))).flat());
  const listeners = await host.listening();
  const own = listeners.ok ? await ownPorts(written) : ok([]);
  const world = {
    stacks,
    shipped,
    home: homedir(),
    listeners: listeners.ok ? listeners.value : [],
    own: new Set(own.ok ? own.value : []),
  };
  return { world, unseen: [listeners, own].flatMap((looked) => (looked.ok ? [] : [looked.failure])) };
}

async function stacksIn(folder: string): Promise<readonly (readonly [string, StackFiles])[]> {
  const names = await files.directories(folder);
  const all = (names.ok ? names.value : []).map(async (name) => {
    const found = await stackFiles(join(folder, name));
    return found === undefined ? [] : [[join(folder, name), found] as const];
  });
  return (await Promise.all(all)).flat();
}

/** undefined where there is no stack.json. */
async function stackFiles(folder: string): Promise<StackFiles | undefined> {
  const there = await files.stat(join(folder, 'stack.json'));
  if (there.ok && there.value === undefined) return undefined;
  const problems: Failure[] = [];
  const read = async <T>(name: string, validator: Validator<T>, required: boolean): Promise<T | undefined> => {
    const file = join(folder, name);
    const source = await readSource(file, files);
    const found: Result<T> = source.ok ? fitDocument<T>(source.value.document, validator) : source;
    if (found.ok) return found.value;
    // A secrets policy that is not there is a rule's own matter.
    if (required || found.failure.code !== 'E_CONFIG_NOT_FOUND') problems.push(found.failure);
    return undefined;
  };
  const ofStack = await read<Stack>('stack.json', stack, true);
  const health = await read<HealthContract>('health_contract.json', healthContract, true);
  const policy = await read<SecretsPolicy>('secrets_policy.json', secretsPolicy, false);
  return {
    problems,
    ...(ofStack === undefined ? {} : { stack: ofStack }),
    ...(health === undefined ? {} : { health }),
    ...(policy === undefined ? {} : { policy }),
  };
}

/** The ports that services of this configuration listen on, because they are deployed. */
async function ownPorts(written: Written): Promise<Result<readonly number[]>> {
  const { engine: name, compose_project_name: project } = written.config;
  const deployRoot = deployRootOf(written);
  if (deployRoot === undefined || typeof project !== 'string') return ok([]);
  if (name !== 'embedded' && name !== 'docker') return ok([]);
  const running = await createEngine({ name, project, deployRoot }).observe();
  if (!running.ok) return running;
  return ok(running.value.map(({ address }) => Number(address.split(':').at(-1))));
}
