import { err, failure, ok, type Result } from '@plumbline/contracts';
import { compileRe2 } from '@plumbline/formats/re2';

export interface Args {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  readonly listenPort: string;
  readonly metricsPath: string;
  readonly mountPointsExclude: RegExp;
  readonly fsTypesExclude: RegExp;
}

const usual: Readonly<Record<string, string>> = {
  'path.procfs': '/proc',
  'path.sysfs': '/sys',
  'path.rootfs': '/',
  'web.listen-address': ':9100',
  'web.telemetry-path': '/metrics',
  'collector.filesystem.mount-points-exclude':
    '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
  'collector.filesystem.fs-types-exclude':
    '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|' +
    'proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$',
};

/** Reads the real exporter's command line, as far as the stand-in knows it. */
export function parseArgs(argv: readonly string[]): Result<Args> {
  const refused = (why: string) => err(failure('E_CONFIG_USAGE', `node_exporter: error: ${why}, try --help`));
  const all: Record<string, string> = { ...usual };
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') return refused(arg.startsWith('-') ? `unknown short flag '${arg}'` : `unexpected ${arg}`);
    if (!Object.hasOwn(usual, name)) return refused(`unknown long flag '--${name}'`);
    const value = inline ?? rest.shift();
    if (value === undefined) return refused(`expected argument for flag '--${name}'`);
    all[name] = value;
  }
  const listenPort = /:(\d+)$/.exec(all['web.listen-address'] ?? '')?.[1];
  if (listenPort === undefined) return refused(`address ${all['web.listen-address']}: missing port in address`);
  const mounts = compileRe2(all['collector.filesystem.mount-points-exclude'] ?? '');
  const types = compileRe2(all['collector.filesystem.fs-types-exclude'] ?? '');
  if (!mounts.ok) return refused(mounts.failure.message);
  if (!types.ok) return refused(types.failure.message);
  return ok({
    procfs: all['path.procfs'] ?? '',
    sysfs: all['path.sysfs'] ?? '',
    rootfs: all['path.rootfs'] ?? '',
    listenPort,
    metricsPath: all['web.telemetry-path'] ?? '',
    mountPointsExclude: mounts.value,
    fsTypesExclude: types.value,
  });
}
