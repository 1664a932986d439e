import { err, ok, type Result } from '@plumbline/contracts';
import type { Entry } from './entry.ts';

/** `stage.json` for paths of plain names, such as `request.method`; the rest of JMESPath is refused. */
export function jsonStage(
  expressions: readonly (readonly [string, string])[],
  source: string,
  dropMalformed: boolean,
): Result<(entry: Entry) => string | undefined, string> {
  const paths: (readonly [string, readonly string[]])[] = [];
  for (const [name, expression] of expressions) {
    const path = expression === '' ? name : expression;
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(path))
      return err(`JMESPath expression "${path}" is not implemented by the stand-in`);
    paths.push([name, path.split('.')]);
  }
  return ok((entry) => {
    const input = source === '' ? entry.line : entry.extracted![source];
    const json = typeof input === 'string' ? parse(input) : undefined;
    if (json === undefined) return dropMalformed ? 'malformed_json' : undefined;
    for (const [name, path] of paths) {
      entry.extracted![name] =
        path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], json) ?? '';
    }
    return undefined;
  });
}

function parse(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
