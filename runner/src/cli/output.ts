import { bucketOf, createScrubber, docsOf, type Failure, hintOf, placeText } from '@plumbline/contracts';

/**
 * The one scrubber of this process. It is module state because stdout and stderr are: nothing else in the runner writes
 * to them, so whatever learns a secret, the terminal does not show it.
 */
export const scrubber = createScrubber();

/** Data, for programs and for the reader of the result: stdout. */
export function print(text: string): void {
  process.stdout.write(scrubber.text(text.endsWith('\n') ? text : `${text}\n`));
}

/** For people, while it goes on: stderr. */
export function tell(text: string): void {
  paint(`${text}\n`);
}

/** The same, as it is: a picture that is painted over itself. */
export function paint(text: string): void {
  process.stderr.write(scrubber.text(text));
}

/** One failure: as JSON on stdout where that was asked for, else in words on stderr. */
export function printFailure(failure: Failure, json: boolean): void {
  const { code, message, place } = failure;
  if (json) {
    print(
      JSON.stringify({
        error: {
          code,
          bucket: bucketOf(code),
          message,
          hint: hintOf(failure),
          docs: docsOf(code),
          ...(place === undefined ? {} : { place }),
        },
      }),
    );
    return;
  }
  const where = placeText(place);
  tell(
    `error ${code} (${bucketOf(code)}): ${message}${where === '' ? '' : `\n  at ${where}`}\n  hint: ${hintOf(failure)}\n  docs: ${docsOf(code)}`,
  );
}

/** Rows as columns of equal width, the last one as wide as it is. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}
