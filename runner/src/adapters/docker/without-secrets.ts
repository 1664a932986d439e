import { REDACTED } from '@plumbline/contracts';
import type { Container } from './api.ts';

/** Names of what is likely a secret. A name that ends in FILE holds the path of one. */
const SECRET = /pass|secret|token|credential|private|cookie|session|dsn|auth|(^|[_.-])(api|access)?[_.-]?key/i;
const PATH = /_?file$/i;
/** The password in `scheme://user:password@host` (RFC 3986, 3.2.1). */
const PASSWORD = /(:\/\/[^/:@\s]*:)[^/@\s]+@/g;

/**
 * A container as `docker inspect` shows it, without the values of variables and options whose names look like those of
 * secrets: a value that the scrubber does not know stands there in the open. Pure.
 */
export function withoutSecrets(container: Container): Container {
  const { Config, Args, State, ...rest } = container;
  const { Entrypoint, Healthcheck } = Config;
  const log = State?.Health?.Log?.map((one) => ({ ...one, Output: line(one.Output) }));
  const health = State?.Health && { ...State.Health, ...(log && { Log: log }) };
  const entrypoint = typeof Entrypoint === 'string' ? line(Entrypoint) : Entrypoint && command(Entrypoint);
  return {
    ...rest,
    Args: command(Args ?? []),
    State: { ...State, ...(health && { Health: health }) },
    Config: {
      ...Config,
      Env: (Config.Env ?? []).map(pair),
      Cmd: command(Config.Cmd ?? []),
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(Healthcheck?.Test && { Healthcheck: { ...Healthcheck, Test: command(Healthcheck.Test) } }),
    },
  };
}

/** `NAME='a value'` of a shell. */
const QUOTED = /([\w.-]+)=(["']).*?\2/gs;

/** A line of a shell, or what one printed: words, options among them, with what is between them kept. */
function line(text: string): string {
  const open = text.replace(QUOTED, (whole, name) => (isSecret(name) ? `${name}=${REDACTED}` : whole));
  const [first = '', ...rest] = open.split(/(\s+)/);
  const words = options([first, ...rest.filter((_, n) => n % 2 === 1)]);
  return words.map((word, n) => `${word}${rest[2 * n] ?? ''}`).join('');
}

/** Words of a command, each of which may be a whole line: `sh -c` and its like. */
function command(words: readonly string[]): string[] {
  return options(words).map(line);
}

function isSecret(name: string): boolean {
  return SECRET.test(name) && !PATH.test(name);
}

/** `NAME=value`, and `--name=value`. */
function pair(text: string): string {
  const [, name] = /^([^=]*)=./s.exec(text) ?? [];
  if (name !== undefined && isSecret(name)) return `${name}=${REDACTED}`;
  return text.replace(PASSWORD, `$1${REDACTED}@`);
}

/** The value of an option may also be the word after it. */
function options(words: readonly string[]): string[] {
  return words.map((word, n) => {
    const before = words[n - 1] ?? '';
    const isValue = /^--?[^=]+$/.test(before) && !word.startsWith('-');
    return isValue && isSecret(before) ? REDACTED : pair(word);
  });
}
