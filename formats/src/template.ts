import { err, failure, ok, type Result } from '@plumbline/contracts';
import nunjucks from 'nunjucks';

/**
 * Renders a Jinja template of a stack. `templates` holds every template by name, for `include`. A name without a
 * value, unknown syntax and the `for … if` that the engine silently ignores are E_CONFIG_TEMPLATE failures with their
 * place. Templates are trusted: they are part of the stack, never input.
 *
 * Filters: `quote` writes a JSON string, which Alloy and Prometheus read; `yaml` writes a YAML scalar.
 */
export function renderTemplate(
  templates: ReadonlyMap<string, string>,
  name: string,
  values: Readonly<Record<string, unknown>>,
): Result<string> {
  for (const [file, text] of templates) {
    const lines = text.split('\n');
    const line = lines.findIndex((l) => /{%-?\s*for\s[^%]*\sif\s/.test(l));
    if (line >= 0) {
      return err(
        failure('E_CONFIG_TEMPLATE', '`for … if` yields nothing in this engine; put the `if` inside the loop', {
          place: { file, line: line + 1 },
        }),
      );
    }
  }
  const loader = new nunjucks.Loader();
  Object.assign(loader, {
    getSource(file: string) {
      const src = templates.get(file);
      if (src === undefined) throw new Error(`template not found: ${file}`);
      return { src, path: file, noCache: true };
    },
  });
  const env = new nunjucks.Environment(loader as unknown as nunjucks.ILoader, {
    autoescape: false,
    throwOnUndefined: true,
    trimBlocks: true,
    lstripBlocks: true,
  });
  env.addFilter('quote', (value: unknown) => JSON.stringify(String(value)));
  env.addFilter('yaml', (value: unknown) => JSON.stringify(String(value)));
  try {
    return ok(env.render(name, values));
  } catch (thrown) {
    return err(failure('E_CONFIG_TEMPLATE', message(thrown), { place: placeIn(thrown, name) }));
  }
}

/** The engine's message is two lines, the first of which repeats the place. */
function message(thrown: unknown): string {
  const lines = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
  return (lines[1] ?? lines[0] ?? '').trim().replace(/^Error: /, '');
}

function placeIn(thrown: unknown, name: string): { file: string; line?: number; column?: number } {
  const text = String(thrown instanceof Error ? thrown.message : thrown);
  const found = /\(([^()]+)\)(?:\s*\[Line (\d+), Column (\d+)\])?/.exec(text);
  if (found?.[1] === undefined) return { file: name };
  if (found[2] === undefined) return { file: found[1] };
  return { file: found[1], line: Number(found[2]), column: Number(found[3]) };
}
