import { randomBytes } from 'node:crypto';
import { ok, type Scrubber, type SecretsPort } from '@plumbline/contracts';
import { files } from './files.ts';

/** Random values of this run; what is planted is scrubbed from all output at once. */
export function createSecrets(scrubber: Scrubber): SecretsPort {
  return {
    random: (bytes) => randomBytes(bytes).toString('hex'),
    plant(bytes) {
      const secret = randomBytes(bytes).toString('base64url');
      scrubber.add(secret);
      return secret;
    },
    clean: scrubber.text,
    async read(path) {
      const text = await files.readText(path);
      if (!text.ok) return text;
      const secret = text.value.replace(/\r?\n$/, '');
      scrubber.add(secret);
      return ok(secret);
    },
  };
}
