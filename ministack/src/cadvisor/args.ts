import { err, failure, ok, type Result } from '@plumbline/contracts';
import { parseGoDuration } from '@plumbline/formats/go-duration';

export interface Args {
  readonly port: string;
  /** Only the root and what Docker runs are shown. */
  readonly dockerOnly: boolean;
  /** Figures that are younger than this are shown again. */
  readonly housekeepingMs: number;
  readonly metricsPath: string;
  readonly disabled: ReadonlySet<string>;
}

type Kind = 'text' | 'bool' | 'duration' | 'whole';

/** The flags that are known, with their defaults. Those that change nothing here are the last. */
const flags: Readonly<Record<string, readonly [Kind, string]>> = {
  port: ['whole', '8080'],
  docker_only: ['bool', 'false'],
  housekeeping_interval: ['duration', '1s'],
  prometheus_endpoint: ['text', '/metrics'],
  disable_metrics: ['text', ''],
  raw_cgroup_prefix_whitelist: ['text', ''],
  listen_ip: ['text', ''],
  max_housekeeping_interval: ['duration', '1m0s'],
  global_housekeeping_interval: ['duration', '1m0s'],
  allow_dynamic_housekeeping: ['bool', 'true'],
  storage_duration: ['duration', '2m0s'],
  store_container_labels: ['bool', 'true'],
  logtostderr: ['bool', 'true'],
  v: ['whole', '0'],
};

/** Reads cAdvisor's own command line, as far as the stand-in knows it: Go's flags, with one dash or two. */
export function parseArgs(argv: readonly string[]): Result<Args> {
  const refused = (why: string) => err(failure('E_CONFIG_USAGE', why));
  const values = Object.fromEntries(Object.entries(flags).map(([name, [, usual]]) => [name, usual]));
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = '', given] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const kind = Object.hasOwn(flags, name) ? flags[name]?.[0] : undefined;
    if (name === '') return refused(`unexpected argument: ${arg}`);
    if (kind === undefined) return refused(`flag provided but not defined: -${name}`);
    const value = given ?? (kind === 'bool' ? 'true' : rest.shift());
    if (value === undefined) return refused(`flag needs an argument: -${name}`);
    if (!fits(kind, value)) return refused(`invalid value "${value}" for flag -${name}: parse error`);
    values[name] = value;
  }
  const housekeeping = parseGoDuration(values.housekeeping_interval ?? '');
  return ok({
    port: values.port ?? '',
    dockerOnly: isTrue(values.docker_only ?? ''),
    housekeepingMs: housekeeping.ok ? housekeeping.value : 1000,
    metricsPath: values.prometheus_endpoint ?? '',
    disabled: new Set((values.disable_metrics ?? '').split(',').filter((name) => name !== '')),
  });
}

function fits(kind: Kind, value: string): boolean {
  if (kind === 'bool') return /^(?:1|0|t|f|true|false|T|F|TRUE|FALSE|True|False)$/.test(value);
  if (kind === 'whole') return /^\d+$/.test(value);
  return kind === 'text' || parseGoDuration(value).ok;
}

const isTrue = (value: string): boolean => /^(?:1|t|true)$/i.test(value);
