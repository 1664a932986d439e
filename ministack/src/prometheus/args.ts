import { err, failure, ok, type Result } from '@plumbline/contracts';
import { parsePromDuration } from '@plumbline/formats/promql';

/** What the command line asks for; `all` is every flag with its value, as the API shows them. */
export interface Args {
  readonly configFile: string;
  readonly storagePath: string;
  readonly retentionMs: number;
  readonly listenPort: string;
  readonly lifecycle: boolean;
  readonly all: Readonly<Record<string, string>>;
}

const usual: Readonly<Record<string, string>> = {
  'config.file': 'prometheus.yml',
  'storage.tsdb.path': 'data/',
  'storage.tsdb.retention.time': '0s',
  'web.enable-lifecycle': 'false',
  'web.external-url': '',
  'web.listen-address': '0.0.0.0:9090',
  'log.level': 'info',
  'log.format': 'logfmt',
};
const switches = new Set(['web.enable-lifecycle']);

/** Reads Prometheus's own command line, as far as the stand-in knows it. */
export function parseArgs(argv: readonly string[]): Result<Args> {
  const refused = (why: string) => err(failure('E_CONFIG_USAGE', `Error parsing commandline arguments: ${why}`));
  const all: Record<string, string> = { ...usual };
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, no, name = '', inline] = /^--(no-)?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') return refused(arg.startsWith('-') ? `unknown short flag '${arg}'` : `unexpected ${arg}`);
    if (!Object.hasOwn(usual, name) || (no !== undefined && !switches.has(name))) {
      return refused(`unknown long flag '--${no ?? ''}${name}'`);
    }
    if (switches.has(name)) {
      if (inline !== undefined) return refused(`unexpected argument for flag '--${name}'`);
      all[name] = String(no === undefined);
      continue;
    }
    const value = inline ?? rest.shift();
    if (value === undefined) return refused(`expected argument for flag '--${name}'`);
    all[name] = value;
  }
  const retention = parsePromDuration(all['storage.tsdb.retention.time'] ?? '');
  if (retention === undefined) {
    return refused(`not a valid duration string: "${all['storage.tsdb.retention.time']}"`);
  }
  const listenPort = /:(\d+)$/.exec(all['web.listen-address'] ?? '')?.[1];
  if (listenPort === undefined) return refused(`address ${all['web.listen-address']}: missing port in address`);
  return ok({
    configFile: all['config.file'] ?? '',
    storagePath: all['storage.tsdb.path'] ?? '',
    retentionMs: retention || 15 * 86_400_000,
    listenPort,
    lifecycle: all['web.enable-lifecycle'] === 'true',
    all,
  });
}
