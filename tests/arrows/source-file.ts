import { posix } from 'node:path';

/** A file of the checkout: its path from the root, with slashes, and what it says. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Tests and what helps them: `testing.ts` and `testing-*.ts` serve the tests of their room alone. */
export const isTest = (path: string): boolean =>
  path.startsWith('tests/') || /(\.test|\/testing(-[^/]*)?)\.ts$/.test(path);

export const isGenerated = (path: string): boolean => path.startsWith('contracts/src/generated/');

/** Where a relative specifier points, as a path from the root. */
export const resolveFrom = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier);
