import { type Environment, type Failure, failure, type HealthContract } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import type { Subject, World } from '../lint/finding.ts';
import { checkRules, semanticRules } from '../lint/rules.ts';
import { stackOf } from '../lint/subject.ts';

/** What the loader has found already, or what is of the moment. */
const notHere: ReadonlySet<string> = new Set(['stack-found', 'secrets-policy', 'port-free']);
const rules = semanticRules.filter(({ id }) => !notHere.has(id));

/**
 * What a schema cannot say: that the parts of an environment fit its stack and each other (seed 002, P19). The first
 * error, with its place in the file that says so; `config lint` tells all of them, and the warnings. Pure.
 */
export function lint(
  environment: Environment,
  health: HealthContract,
  document: Pick<JsonDocument, 'place'>,
): Failure | undefined {
  const { file, bootstrap, stack, secretsPolicy, paths } = environment;
  const config = { ...bootstrap };
  const { folder } = stackOf({ config, document });
  const files = { stack, health, policy: secretsPolicy, problems: [] };
  const stacks = new Map([[folder, files]]);
  const world: World = { stacks, shipped: paths.stacks_dir, home: '', listeners: [], own: new Set() };
  const subject: Subject = { file, text: '', document, config, world };
  const found = checkRules(rules, subject).find(({ severity }) => severity === 'error');
  if (found === undefined) return undefined;
  const place = found.elsewhere ?? document.place(found.path, found.onKey);
  return failure(found.code, found.message, { place, ...(found.hint === undefined ? {} : { hint: found.hint }) });
}
