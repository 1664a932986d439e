import type { ServiceSecrets } from '@plumbline/contracts';
import { type Observed, versionsOf } from './observe.ts';
import type { ApplyOp } from './operation.ts';

/** What is written for the secrets of services before any of them is touched. Pure. */
export function secretWrites(secrets: readonly ServiceSecrets[]): readonly ApplyOp[] {
  return secrets.flatMap(({ service, fresh, linked, current }) => {
    const written = fresh.map(({ secret: { name }, from }): ApplyOp => {
      const cause =
        from !== undefined ? 'it goes into the new version' : current ? 'it is made anew' : 'this host has none yet';
      return { op: 'write_secret', service, name, cause };
    });
    const wanted: ApplyOp = { op: 'want_secrets', service, cause: 'it is to be started with this version' };
    return linked ? written : [...written, wanted];
  });
}

/**
 * What is done about the secrets of a service once it runs with the wanted version. Where its data holds the one of
 * before, it is told the new one first: after that, and never before, the new version counts as taken. Pure.
 */
export function taken(service: string, { secrets }: Observed): readonly ApplyOp[] {
  const own = secrets.find((one) => one.service === service);
  if (own === undefined || own.current === own.version) return [];
  const held = own.current !== undefined && own.policy.some((secret) => secret.first_start !== undefined);
  const handed: ApplyOp = { op: 'hand_over', service, cause: 'its data holds the secret of the version before' };
  const last: ApplyOp = { op: 'take_secrets', service, cause: 'it runs with this version' };
  return held ? [handed, last] : [last];
}

/** The version that a service must mount; undefined where the artifact mounts none by a version. Pure. */
export function versionOf(service: string, observed: Observed): string | undefined {
  return versionsOf(observed).get(service);
}

/** The secrets of a service that an operation is about. */
export function secretsOf(service: string, { secrets }: Observed): ServiceSecrets {
  const own = secrets.find((one) => one.service === service);
  if (own === undefined) throw new Error(`an operation on the secrets of ${service}, which has none`);
  return own;
}
