import { err, type Failure, failure, ok, type Place, type Result } from '@plumbline/contracts';
import nunjucks from 'nunjucks';

/**
 * Renders a Jinja template of a stack. `templates` holds every template by name, for `include`. A name without a
 * value, unknown syntax and the `for … if` whose condition the engine ignores are E_CONFIG_TEMPLATE failures with their
 * place. Templates are trusted: they are part of the stack, never input.
 *
 * Filters: `quote` writes a JSON string, which Alloy and Prometheus read; `yaml` writes a YAML scalar.
 */
export function renderTemplate(
  templates: ReadonlyMap<string, string>,
  name: string,
  values: Readonly<Record<string, unknown>>,
): Result<string> {
  const { env, missing, problem } = compiled(templates);
  if (problem !== undefined) return err(problem);
  missing.length = 0;
  try {
    const text = env.render(name, strict(values, missing));
    if (typeof text === 'string') return ok(text);
    throw new Error('the template engine gave no text');
  } catch (thrown) {
    const word = missing[0];
    if (word === undefined) return err(failure('E_CONFIG_TEMPLATE', message(thrown), { place: placeIn(thrown, name) }));
    const place = placeOfWord(word, templates, name);
    return err(failure('E_CONFIG_TEMPLATE', `"${word}" is not given a value`, { place }));
  }
}

/** Templates as the engine has them, and the names without a value that the rendering under way has asked for. */
interface Compiled {
  readonly env: nunjucks.Environment;
  readonly missing: string[];
  readonly problem: Failure | undefined;
}

/** A stack is rendered file by file from the same templates: they are compiled once. */
const compilations = new WeakMap<ReadonlyMap<string, string>, Compiled>();

function compiled(templates: ReadonlyMap<string, string>): Compiled {
  const before = compilations.get(templates);
  if (before !== undefined) return before;
  const loader = new nunjucks.Loader();
  Object.assign(loader, {
    getSource(file: string) {
      const src = templates.get(file);
      if (src === undefined) throw new Error(`template not found: ${file}`);
      return { src, path: file, noCache: false };
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
  const missing: string[] = [];
  refuseUnknownNames(env, missing);
  let problem: Failure | undefined;
  for (const [file, text] of templates) problem ??= syntaxProblem(text, file, env);
  const made = { env, missing, problem };
  compilations.set(templates, made);
  return made;
}

/** All templates are compiled first: the engine throws into nowhere when an included one has a syntax error. */
function syntaxProblem(text: string, file: string, env: nunjucks.Environment): Failure | undefined {
  const loop = /{%-?\s*for\s[^%]*\sif\s/.exec(text);
  if (loop !== null) {
    const line = text.slice(0, loop.index).split('\n').length;
    return failure('E_CONFIG_TEMPLATE', 'this engine ignores the `if` of `for … if`; put it inside the loop', {
      place: { file, line },
    });
  }
  try {
    new nunjucks.Template(text, env, file, true);
    return undefined;
  } catch (thrown) {
    return failure('E_CONFIG_TEMPLATE', message(thrown), { place: placeIn(thrown, file) });
  }
}

/** `throwOnUndefined` covers output only: `for` and `if` would take a misspelt name for an empty list and for false. */
function refuseUnknownNames(env: nunjucks.Environment, missing: string[]): void {
  const own = env as unknown as { globals: object };
  own.globals = new Proxy(own.globals, { has: () => true, get: (globals, key) => known(globals, key, missing) });
}

/** The values, such that asking for a member that is not there is an error. */
function strict<T>(value: T, missing: string[]): T {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => strict(item, missing)) as T;
  // A member is wrapped when it is asked for: a template of one service looks at few of a thousand.
  return new Proxy({ ...value }, { get: (target, key) => strict(known(target, key, missing), missing) }) as T;
}

function known(target: object, key: string | symbol, missing: string[]): unknown {
  if (typeof key === 'symbol' || Object.hasOwn(target, key)) return Reflect.get(target, key);
  missing.push(key);
  throw new Error(`no ${key}`);
}

/** The first use of a name, in the template that was asked for or in one that it may include. */
function placeOfWord(word: string, templates: ReadonlyMap<string, string>, name: string): Place {
  for (const file of [name, ...templates.keys()]) {
    for (const tag of (templates.get(file) ?? '').matchAll(/{[{%][\s\S]*?[%}]}/g)) {
      const at = [...tag[0].matchAll(/\w+/g)].find((found) => found[0] === word);
      if (at === undefined) continue;
      const before = (templates.get(file) as string).slice(0, tag.index + at.index);
      return { file, line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
    }
  }
  return { file: name };
}

/** The engine's message is of several lines; all but the last repeat the place. */
function message(thrown: unknown): string {
  const lines = String(thrown instanceof Error ? thrown.message : thrown).split('\n');
  return (lines.at(-1) ?? '').trim().replace(/^Error: /, '');
}

/** The innermost file that the message names, and the line and column where it knows them. */
function placeIn(thrown: unknown, name: string): Place {
  const text = String(thrown instanceof Error ? thrown.message : thrown);
  const found = [...text.matchAll(/^.*?\(([^()]+)\)(?: \[Line (\d+), Column (\d+)\])?$/gm)].at(-1);
  if (found?.[1] === undefined) return { file: name };
  if (found[2] === undefined) return { file: found[1] };
  return { file: found[1], line: Number(found[2]), column: Number(found[3]) };
}
