import { err, failure, ok, type Result } from '@plumbline/contracts';
import { hostPath, type World } from '../../common/world.ts';

export type Environment = Readonly<Record<string, string>>;

/** What the image's Dockerfile sets; these win over [paths] in grafana.ini, since Grafana reads its environment last. */
const imageEnvironment: Environment = {
  GF_PATHS_CONFIG: '/etc/grafana/grafana.ini',
  GF_PATHS_DATA: '/var/lib/grafana',
  GF_PATHS_HOME: '/usr/share/grafana',
  GF_PATHS_LOGS: '/var/log/grafana',
  GF_PATHS_PLUGINS: '/var/lib/grafana/plugins',
  GF_PATHS_PROVISIONING: '/etc/grafana/provisioning',
};

/**
 * Does what the image's entry point does before Grafana starts: `GF_X__FILE` becomes `GF_X` with the file's content.
 * A file that cannot be read is a line and no more, as there: Grafana then starts with its default, which for the
 * administrator's password is `admin`.
 */
export function readEnvironment(
  world: World,
  read: (hostPath: string) => string | undefined,
  say: (line: string) => void,
): Result<Environment> {
  const environment: Record<string, string> = { ...imageEnvironment, ...world.environment };
  for (const [name, path] of Object.entries(environment)) {
    const target = /^(GF_.+)__FILE$/.exec(name)?.[1];
    if (target === undefined || path === '') continue;
    if ((environment[target] ?? '') !== '') {
      return err(failure('E_CONFIG_USAGE', `ERROR: Both ${target} and ${name} are set (but are exclusive)`));
    }
    say(`Getting secret ${target} from ${path}`);
    const host = hostPath(world, path);
    const text = host.ok ? read(host.value) : undefined;
    if (text === undefined) say(`/run.sh: ${path}: No such file or directory`);
    environment[target] = substituted(text ?? '');
    delete environment[name];
  }
  return ok(environment);
}

/** What a shell makes of `$(cat file)`: no line ends at the end, all of them, and no other blank is touched. */
function substituted(text: string): string {
  return text.replaceAll('\0', '').replace(/\n+$/, '');
}
