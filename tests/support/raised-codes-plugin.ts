import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { noteRaised } from './raised-codes.ts';

const head = 'export function failure(';

/**
 * Makes every call of `failure(…)` tell its code while all tests run: that a test names a code does not show that
 * anything raises it. Elsewhere it changes nothing.
 */
export function raisedCodes(): Plugin {
  return {
    name: 'raised-codes',
    enforce: 'pre',
    transform(code, id) {
      if (process.env.PLUMBLINE_RAISED_CODES === undefined || !id.endsWith('/contracts/src/failure.ts'))
        return undefined;
      return told(code);
    },
  };
}

/** The module with its `failure` wrapped. */
function told(code: string): string {
  if (!code.includes(head)) throw new Error(`contracts/src/failure.ts has no "${head}" to listen to`);
  const listener = JSON.stringify(join(import.meta.dirname, 'raised-codes.ts'));
  return `${code.replace(head, 'function made(')}
import { ${noteRaised.name} } from ${listener};
export function failure(...given: Parameters<typeof made>): Failure {
  ${noteRaised.name}(given[0]);
  return made(...given);
}
`;
}
