import { err, failure, ok, type Result } from '@plumbline/contracts';
import { query } from 'jsonpath-rfc9535';

/** The one value that an RFC 9535 path selects. None, several, or a path that is not valid is a failure. */
export function selectOne(value: unknown, path: string): Result<unknown> {
  let found: unknown[];
  try {
    found = query(value as never, path);
  } catch (thrown) {
    return err(failure('E_CONFIG_INVALID_VALUE', `${path} is not a JSONPath: ${(thrown as Error).message}`));
  }
  if (found.length === 1) return ok(found[0]);
  return err(
    failure(
      'E_NETWORK_BAD_ANSWER',
      `${path} selects ${found.length === 0 ? 'nothing' : `${found.length} values`}, not one`,
    ),
  );
}
