import {
  contractPath,
  type FilesPort,
  isSecretVariable,
  type Scrubber,
  type SecretsPolicy,
  type SecretsPort,
  TEMPORARY,
  within,
} from '@plumbline/contracts';
import { rulesOf } from '../environment/redaction.ts';
import { secretValues } from '../environment/secret-values.ts';
import type { Graph } from '../graph/graph-types.ts';

/**
 * Makes every secret of a deploy root known to the scrubber before a step can say anything: the last words of a service
 * may hold one that no step of this run has read. A file that cannot be read is not known, and nobody else can read it.
 */
export async function learnSecrets(
  deployRoot: string,
  { files, secrets }: { readonly files: FilesPort; readonly secrets: SecretsPort },
): Promise<void> {
  const folder = contractPath('deploy', 'secrets', deployRoot);
  const names = await files.list(folder);
  for (const name of names.ok ? names.value : []) {
    const there = await files.stat(within(folder, name));
    if (there.ok && there.value?.kind === 'file' && !TEMPORARY.test(name)) await secrets.read(within(folder, name));
  }
}

/**
 * The same for what a pipeline hands to its steps: variables that are named as secrets, params whose keys say so, and
 * what a redaction rule of the stack finds in an argument. Before the first step: a later one's may be in its words.
 */
export function learnGraph(
  { nodes }: Graph,
  hostEnvironment: Readonly<Record<string, string | undefined>>,
  { redaction }: Pick<SecretsPolicy, 'redaction'>,
  scrubber: Scrubber,
): void {
  const rules = rulesOf(redaction);
  for (const { command, params } of nodes) {
    const variables = (command?.env ?? []).filter(isSecretVariable).map((name) => hostEnvironment[name] ?? '');
    const values = secretValues({ params, argv: command?.argv ?? [] }, rules);
    for (const value of [...variables, ...values]) scrubber.add(value);
  }
}
