import { type Failure, failure, type SecretsPort } from '@plumbline/contracts';

/**
 * The first line of the rendered files that holds a secret: they are kept, readable, in the bundle and in the deploy root,
 * and with the secret removed they would not be what was generated. E_CONFIG_TEMPLATE with its place, never with the line.
 */
export function secretIn(
  files: ReadonlyMap<string, string>,
  { clean }: Pick<SecretsPort, 'clean'>,
): Failure | undefined {
  for (const [file, text] of files) {
    const cleaned = clean(text);
    if (cleaned === text) continue;
    const was = text.split('\n');
    const line = cleaned.split('\n').findIndex((now, n) => now !== was[n]) + 1;
    return failure('E_CONFIG_TEMPLATE', `${file} would hold a secret`, {
      place: { file, line },
      hint: 'declare it in secrets_policy.json and let the service read its file; a label or another value of the environment is no place for one',
    });
  }
  return undefined;
}
