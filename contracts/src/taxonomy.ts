import raw from '../error_taxonomy.json' with { type: 'json' };
import type { Bucket, ErrorCode } from './generated/error-codes.ts';

/** What the taxonomy says of one code. `exit` is given where it is not 2. */
export interface ErrorEntry {
  readonly bucket: Bucket;
  readonly summary: string;
  readonly hint: string;
  readonly exit?: number;
}

/** `contracts/error_taxonomy.json`: every error code that anything here may raise (seed 002, P4). */
export const taxonomy = raw as unknown as {
  readonly schema_version: string;
  readonly buckets: Readonly<Record<Bucket, string>>;
  readonly errors: Readonly<Record<ErrorCode, ErrorEntry>>;
};
