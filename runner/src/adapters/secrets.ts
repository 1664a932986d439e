import { randomBytes } from 'node:crypto';
import type { Scrubber, SecretsPort } from '@plumbline/contracts';

/** Random values of this run; what is planted is scrubbed from all output at once. */
export function createSecrets(scrubber: Scrubber): SecretsPort {
  return {
    random: (bytes) => randomBytes(bytes).toString('hex'),
    plant(bytes) {
      const secret = randomBytes(bytes).toString('base64url');
      scrubber.add(secret);
      return secret;
    },
  };
}
