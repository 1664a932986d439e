import type { IncomingHttpHeaders } from 'node:http';
import type { Log } from '../../common/child.ts';
import type { World } from '../../common/world.ts';
import type { Role, Settings } from '../config/settings.ts';
import type { Metrics } from '../metrics.ts';
import type { Dashboards } from '../provisioning/dashboards.ts';
import type { DataSource } from '../provisioning/datasources.ts';
import type { Attempts } from '../store/attempts.ts';
import type { User, Users } from '../store/users.ts';

/** All that a handler may use. */
export interface Context {
  readonly world: World;
  readonly settings: Settings;
  readonly users: Users;
  readonly attempts: Attempts;
  readonly dataSources: readonly DataSource[];
  readonly dashboards: Dashboards;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** A request whose body has been read. */
export interface Request {
  readonly method: string;
  /** As it came, escapes and all. */
  readonly rawPath: string;
  readonly path: string;
  readonly search: string;
  readonly params: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** Who asks: a user with a name, or whoever anonymous access lets in. */
export interface Identity {
  readonly role: Role;
  readonly user?: User;
}
