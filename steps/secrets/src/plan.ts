import type { ServiceSecrets } from '@plumbline/contracts';

/** One external change. `cause` says why it is needed; `from` is there where it is a copy and not a new value. */
export type SecretsOp =
  | {
      readonly op: 'write_secret';
      readonly service: string;
      readonly name: string;
      readonly from?: string;
      readonly cause: string;
    }
  | { readonly op: 'want_secrets'; readonly service: string; readonly cause: string };

/** What must be written so that each service has a whole version of its secrets, and a link that names it. Pure. */
export function plan(secrets: readonly ServiceSecrets[]): readonly SecretsOp[] {
  return secrets.flatMap(({ service, fresh, linked }) => {
    const written = fresh.map(({ secret: { name }, from }): SecretsOp => {
      const op = { op: 'write_secret', service, name } as const;
      return from === undefined
        ? { ...op, cause: 'this host has none yet' }
        : { ...op, from, cause: 'it goes into the new version' };
    });
    const wanted: SecretsOp = { op: 'want_secrets', service, cause: 'it is to be started with this version' };
    return linked ? written : [...written, wanted];
  });
}
