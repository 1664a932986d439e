import type { Environment } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { createSecrets } from '../adapters/secrets.ts';
import { rulesOf } from '../environment/redaction.ts';
import { secretValues } from '../environment/secret-values.ts';
import { learnSecrets } from '../run/learn-secrets.ts';
import { scrubber } from './output.ts';

/** From now on the secrets of a document are not shown: those behind a key that says so. */
export function learnDocument(document: unknown): void {
  for (const value of secretValues(document)) scrubber.add(value);
}

/** The same for an environment, with all that its stack takes for a secret, and with the secrets that are deployed. */
export async function learnEnvironment({ bootstrap, secretsPolicy, paths }: Environment): Promise<void> {
  for (const value of secretValues(bootstrap, rulesOf(secretsPolicy.redaction))) scrubber.add(value);
  await learnDeployed(paths.deploy_root);
}

/** The same for the secrets below a deploy root. */
export async function learnDeployed(deployRoot: string): Promise<void> {
  await learnSecrets(deployRoot, { files, secrets: createSecrets(scrubber) });
}
