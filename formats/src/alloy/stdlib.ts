import { err, ok, type Result } from '@plumbline/contracts';
import { type AlloyFunction, fromJson, type TypeName, typeName, type Value } from './value.ts';

/** What `env()` and `constants` answer with; given by the caller, as this module reads nothing. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  readonly os: string;
  readonly arch: string;
}

type Call = (args: readonly Value[]) => Result<Value, string>;

/** The names that every scope knows in Alloy 1.2. `yaml_decode` and `json_path` say that they are not implemented. */
export function stdlib(environment: Environment): ReadonlyMap<string, Value> {
  const constants = new Map<string, Value>([
    ['hostname', environment.hostname],
    ['os', environment.os],
    ['arch', environment.arch],
  ]);
  const functions: Readonly<Record<string, Call>> = {
    env: strings(1, ([name]) => environment.env[name!] ?? ''),
    concat,
    coalesce,
    json_decode: jsonDecode,
    base64_decode: strings(1, ([text]) => Buffer.from(text!, 'base64').toString()),
    nonsensitive: strings(1, ([text]) => text!),
    format,
    join,
    replace: strings(3, ([text, from, to]) => text!.replaceAll(from!, () => to!)),
    split: strings(2, ([text, separator]) => text!.split(separator!)),
    to_lower: strings(1, ([text]) => text!.toLowerCase()),
    to_upper: strings(1, ([text]) => text!.toUpperCase()),
    trim: strings(2, ([text, set]) => trim(text!, set!)),
    trim_prefix: strings(2, ([text, prefix]) => (text!.startsWith(prefix!) ? text!.slice(prefix!.length) : text!)),
    trim_suffix: strings(2, ([text, suffix]) =>
      suffix !== '' && text!.endsWith(suffix!) ? text!.slice(0, -suffix!.length) : text!,
    ),
    trim_space: strings(1, ([text]) => text!.trim()),
    yaml_decode: () => err('yaml_decode is not implemented here'),
    json_path: () => err('json_path is not implemented here'),
  };
  const named = Object.entries(functions).map(([name, call]): [string, Value] => [
    name,
    { function: name, call } satisfies AlloyFunction,
  ]);
  return new Map<string, Value>([['constants', constants], ...named]);
}

function count(args: readonly Value[], expected: number): string | undefined {
  return args.length === expected ? undefined : `expected ${expected} args, got ${args.length}`;
}

function wrong(index: number, value: Value, expected: TypeName): { readonly ok: false; readonly failure: string } {
  return err(`argument ${index + 1} should be ${expected}, got ${typeName(value)}`);
}

function strings(expected: number, apply: (args: readonly string[]) => Value): Call {
  return (args) => {
    const fault = count(args, expected);
    if (fault) return err(fault);
    const bad = args.findIndex((arg) => typeof arg !== 'string');
    return bad >= 0 ? wrong(bad, args[bad]!, 'string') : ok(apply(args as readonly string[]));
  };
}

const concat: Call = (args) => {
  const bad = args.findIndex((arg) => !Array.isArray(arg));
  return bad >= 0 ? wrong(bad, args[bad]!, 'array') : ok(args.flatMap((arg) => arg as readonly Value[]));
};

/** The first argument that is neither null nor empty; the last one where there is none. */
const coalesce: Call = (args) => ok(args.find((arg) => !isEmpty(arg)) ?? args.at(-1) ?? null);

function isEmpty(value: Value): boolean {
  if (value === null || value === '' || value === false) return true;
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) === 0;
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map && value.size === 0;
}

const jsonDecode: Call = (args) => {
  const fault = count(args, 1);
  if (fault) return err(fault);
  if (typeof args[0] !== 'string') return wrong(0, args[0]!, 'string');
  try {
    return ok(fromJson(JSON.parse(args[0])));
  } catch (cause) {
    return err((cause as Error).message);
  }
};

const join: Call = (args) => {
  const fault = count(args, 2);
  if (fault) return err(fault);
  const [list, separator] = args;
  if (!Array.isArray(list)) return wrong(0, list!, 'array');
  if (typeof separator !== 'string') return wrong(1, separator!, 'string');
  const bad = list.findIndex((element) => typeof element !== 'string');
  return bad >= 0 ? err(`element ${bad} should be string, got ${typeName(list[bad]!)}`) : ok(list.join(separator));
};

/** `fmt.Sprintf` for the verbs that configurations use: %s %v %d %q %t %f %x and %%. */
const format: Call = (args) => {
  const [pattern, ...rest] = args;
  if (typeof pattern !== 'string') return wrong(0, pattern ?? null, 'string');
  let used = 0;
  let fault: string | undefined;
  const written = pattern.replace(/%(\.\d+)?(.?)/g, (found, digits: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (!'svdqtfx'.includes(verb) || verb === '') fault = `verb ${found} of format is not implemented here`;
    if (used >= rest.length) return `%!${verb}(MISSING)`;
    return shown(rest[used++]!, verb, digits);
  });
  return fault
    ? err(fault)
    : ok(
        written +
          (used < rest.length
            ? `%!(EXTRA ${rest
                .slice(used)
                .map((v) => shown(v, 'v'))
                .join(', ')})`
            : ''),
      );
};

function shown(value: Value, verb: string, digits?: string): string {
  if (verb === 'q') return JSON.stringify(String(value));
  if (verb === 'f') return Number(value).toFixed(digits ? Number(digits.slice(1)) : 6);
  if (verb === 'x' && typeof value === 'bigint') return value.toString(16);
  if (value === null) return '<nil>';
  return Array.isArray(value) ? `[${value.map((v) => shown(v, 'v')).join(' ')}]` : String(value);
}

function trim(text: string, set: string): string {
  const chars = new Set(set);
  const all = [...text];
  let [from, to] = [0, all.length];
  while (from < to && chars.has(all[from]!)) from++;
  while (to > from && chars.has(all[to - 1]!)) to--;
  return all.slice(from, to).join('');
}
