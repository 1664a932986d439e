import { err, failure, ok, placeText, type Result } from '@plumbline/contracts';
import { type IniDocument, parseIni } from '@plumbline/formats/ini';
import type { Log } from '../../common/child.ts';
import { ExpansionFault, expand, type Sources } from './expand.ts';
import { knowledgeOf } from './keys.ts';

/** What the stand-in does by. The password is the one that a first start gives to its administrator. */
export interface Settings {
  readonly port: number;
  readonly dataPath: string;
  readonly provisioningPath: string;
  readonly admin: {
    readonly create: boolean;
    readonly login: string;
    readonly password: string;
    readonly email: string;
  };
  /** The role of whoever does not say who they are; nothing where they are refused. */
  readonly anonymousRole: Role | undefined;
  readonly basicAuth: boolean;
  readonly loginForm: boolean;
  readonly bruteForceProtection: boolean;
  readonly cookieName: string;
  readonly cookieSecure: boolean;
  readonly metrics: boolean;
  readonly proxyTimeoutMs: number;
}

export type Role = 'Viewer' | 'Editor' | 'Admin';

/** Reads grafana.ini and the environment over it, as Grafana does: file over defaults, `GF_<SECTION>_<KEY>` over both. */
export function readSettings(text: string, file: string, sources: Sources, log: Log): Result<Settings> {
  const parsed = parseIni(text, file);
  if (!parsed.ok) {
    const { message, place } = parsed.failure;
    return err(failure('E_CONFIG_SERVICE_INVALID', `failed to parse "${file}": ${message} (${placeText(place)})`));
  }
  warnOfUnknown(parsed.value, log);
  try {
    return settings(lookup(parsed.value, sources));
  } catch (thrown) {
    if (thrown instanceof ExpansionFault) return err(failure('E_CONFIG_SERVICE_INVALID', thrown.message));
    throw thrown;
  }
}

type Lookup = (section: string, key: string, standard: string) => string;

/** An empty value counts as none, in the file and in the environment. */
function lookup(document: IniDocument, sources: Sources): Lookup {
  return (section, key, standard) => {
    const name = `GF_${section}_${key}`.replace(/[.-]/g, '_').toUpperCase();
    return expand(sources.environment[name] || document.value(section, key) || standard, sources);
  };
}

function settings(get: Lookup): Result<Settings> {
  const port = Number(get('server', 'http_port', '3000'));
  const protocol = get('server', 'protocol', 'http');
  const database = get('database', 'type', 'sqlite3');
  const role = get('auth.anonymous', 'org_role', 'Viewer');
  const invalid = (message: string) => err(failure('E_CONFIG_SERVICE_INVALID', message));
  if (!Number.isInteger(port) || port < 1 || port > 65535) return invalid(`server.http_port is not a port: ${port}`);
  if (protocol !== 'http') return invalid(`server.protocol: ${protocol} is not implemented by this stand-in`);
  if (database !== 'sqlite3') return invalid(`database.type: ${database} is not implemented by this stand-in`);
  if (role !== 'Viewer' && role !== 'Editor' && role !== 'Admin') {
    return invalid(`auth.anonymous.org_role: ${role} is not a role`);
  }
  const timeout = Number(get('dataproxy', 'timeout', '30'));
  return ok({
    port,
    dataPath: get('paths', 'data', '/var/lib/grafana'),
    provisioningPath: get('paths', 'provisioning', '/etc/grafana/provisioning'),
    admin: {
      create: !bool(get('security', 'disable_initial_admin_creation', 'false')),
      login: get('security', 'admin_user', 'admin'),
      password: get('security', 'admin_password', 'admin'),
      email: get('security', 'admin_email', 'admin@localhost'),
    },
    anonymousRole: bool(get('auth.anonymous', 'enabled', 'false')) ? role : undefined,
    basicAuth: bool(get('auth.basic', 'enabled', 'true')),
    loginForm: !bool(get('auth', 'disable_login_form', 'false')),
    bruteForceProtection: !bool(get('security', 'disable_brute_force_login_protection', 'false')),
    cookieName: get('auth', 'login_cookie_name', 'grafana_session'),
    cookieSecure: bool(get('security', 'cookie_secure', 'false')),
    metrics: bool(get('metrics', 'enabled', 'true')),
    proxyTimeoutMs: (Number.isFinite(timeout) && timeout > 0 ? timeout : 30) * 1000,
  });
}

/** What go-ini takes for true; anything else is the default there, which for all that is asked here is no. */
function bool(text: string): boolean {
  return ['1', 't', 'true', 'y', 'yes', 'on'].includes(text.toLowerCase());
}

function warnOfUnknown({ entries }: IniDocument, log: Log): void {
  for (const { section, key, place } of entries) {
    const knowledge = knowledgeOf(section, key);
    if (knowledge === 'known') continue;
    log('warn', `${knowledge} in the configuration: Grafana ignores it`, {
      logger: 'settings',
      section,
      key,
      file: placeText(place),
    });
  }
}
