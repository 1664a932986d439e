import { err, failure, ok, type Result } from '@plumbline/contracts';

export interface Flags {
  readonly config: string;
  readonly storagePath: string;
  readonly listenPort: string;
}

const withValue = new Set(['--storage.path', '--server.http.listen-addr', '--stability.level']);
const boolean = new Set(['--disable-reporting']);

/** Reads `run <file> [flags]` as Alloy takes it. */
export function parseFlags(argv: readonly string[]): Result<Flags> {
  const usage = (message: string) => err(failure('E_CONFIG_USAGE', message));
  const [verb, ...rest] = argv;
  if (verb !== 'run')
    return usage(verb === undefined ? 'expected the command "run"' : `unknown command "${verb}" for "alloy"`);
  const values: Record<string, string> = {
    '--storage.path': 'data-alloy/',
    '--server.http.listen-addr': '127.0.0.1:12345',
  };
  const paths: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!;
    if (!arg.startsWith('-')) {
      paths.push(arg);
      continue;
    }
    const [name, inline] = arg.includes('=')
      ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]
      : [arg, undefined];
    if (boolean.has(name)) {
      if (inline !== undefined && inline !== 'true' && inline !== 'false')
        return usage(`invalid argument "${inline}" for "${name}" flag`);
      continue;
    }
    if (!withValue.has(name)) return usage(`unknown flag: ${name}`);
    const value = inline ?? rest[++i];
    if (value === undefined) return usage(`flag needs an argument: ${name}`);
    values[name] = value;
  }
  if (paths.length !== 1) return usage(`accepts 1 arg(s), received ${paths.length}`);
  const port = /:(\d+)$/.exec(values['--server.http.listen-addr']!)?.[1];
  if (port === undefined)
    return usage(`invalid argument "${values['--server.http.listen-addr']}" for "--server.http.listen-addr" flag`);
  return ok({ config: paths[0]!, storagePath: values['--storage.path']!, listenPort: port });
}
