import { join } from 'node:path';
import type { Environment, SecretsPolicy } from '@plumbline/contracts';
import { secretsPolicy } from '@plumbline/contracts/validators';
import { fitDocument } from '@plumbline/formats/document';
import type { JsonDocument } from '@plumbline/formats/json';
import { readSource } from '@plumbline/formats/source';
import shipped from '../../../config/stacks/observability/secrets_policy.json' with { type: 'json' };
import { files } from '../adapters/files.ts';
import { createSecrets } from '../adapters/secrets.ts';
import { isMembers } from '../environment/merge.ts';
import { type Rules, rulesOf } from '../environment/redaction.ts';
import { secretValues } from '../environment/secret-values.ts';
import { deployRootOf, stackOf } from '../lint/subject.ts';
import { learnSecrets } from '../run/learn-secrets.ts';
import { scrubber } from './output.ts';

/**
 * From now on the secrets of a configuration are not shown, whether or not it fits its schema: those behind a key that
 * says so, what its stack takes for one, and what is deployed, as far as its stack and deploy root can be told. Where its
 * text is given, what its stack takes for one in a comment is not shown either.
 */
export async function learnDocument(document: JsonDocument, text = ''): Promise<void> {
  const written = { config: isMembers(document.value) ? document.value : {}, document };
  learnValues([document.value, text.split('\n')], await rulesFor(stackOf(written).folder));
  const deployRoot = deployRootOf(written);
  if (deployRoot !== undefined) await learnDeployed(deployRoot);
}

/** The same for an environment that was loaded. */
export async function learnEnvironment({ bootstrap, secretsPolicy: policy, paths }: Environment): Promise<void> {
  learnValues(bootstrap, rulesOf(policy.redaction));
  await learnDeployed(paths.deploy_root);
}

function learnValues(document: unknown, rules: Rules): void {
  for (const value of secretValues(document, rules)) scrubber.add(value);
}

/** The secrets below a deploy root. */
async function learnDeployed(deployRoot: string): Promise<void> {
  await learnSecrets(deployRoot, { files, secrets: createSecrets(scrubber) });
}

/** The redaction rules of a stack; those that are shipped, where they cannot be told or one of them is none. */
async function rulesFor(folder: string): Promise<Rules> {
  const source = await readSource(join(folder, 'secrets_policy.json'), files);
  const policy = source.ok ? fitDocument<SecretsPolicy>(source.value.document, secretsPolicy) : source;
  const own = policy.ok ? policy.value.redaction : [];
  const rules = rulesOf(own);
  return policy.ok && rules.length === own.length ? rules : [...rules, ...rulesOf(shipped.redaction)];
}
