/** What the command line asks for. */
export type Args =
  | { readonly ok: true; readonly file: string; readonly verifyOnly: boolean }
  | { readonly ok: false; readonly message: string };

/** Reads the real Loki's command line, as far as the stand-in knows it: Go's flags, with one dash or two. */
export function parseArgs(argv: readonly string[]): Args {
  let file = '';
  let verifyOnly = false;
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = '', given] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === 'config.file') {
      const value = given ?? rest.shift();
      if (value === undefined) return { ok: false, message: 'flag needs an argument: -config.file' };
      file = value;
    } else if (name === 'verify-config') {
      if (given !== undefined && !/^(?:true|false)$/.test(given)) {
        return { ok: false, message: `invalid boolean value "${given}" for -verify-config: parse error` };
      }
      verifyOnly = given !== 'false';
    } else if (name !== '') {
      return { ok: false, message: `flag provided but not defined: -${name}` };
    } else {
      return { ok: false, message: `unexpected argument: ${arg}` };
    }
  }
  return file === ''
    ? { ok: false, message: 'no config file given: use -config.file=<path>' }
    : { ok: true, file, verifyOnly };
}
