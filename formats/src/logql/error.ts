/** Why a text is not a query that can be run here. */
export interface LogqlError {
  /** `unsupported` is grammatical LogQL that is not implemented; `parse` is what Loki itself refuses. */
  readonly kind: 'parse' | 'unsupported';
  readonly message: string;
  /** Both count from 1; absent where Loki names no position. */
  readonly line?: number;
  readonly col?: number;
}

/** The error in Loki's own words, as its API answers it. */
export function errorText(error: LogqlError): string {
  if (error.kind === 'unsupported') return `not implemented by this stand-in: ${error.message}`;
  const at = error.line === undefined ? '' : `at line ${error.line}, col ${error.col ?? 1}`;
  return `parse error ${at}: ${error.message}`;
}

/** Thrown inside the builder only, and turned into a value at its door. */
export class LogqlRefusal extends Error {
  readonly error: LogqlError;

  constructor(error: LogqlError) {
    super(error.message);
    this.error = error;
  }
}

/** Refuses what is grammatical but not implemented. */
export function unsupported(what: string): never {
  throw new LogqlRefusal({ kind: 'unsupported', message: what });
}

/** Refuses as Loki's parser does, without a position. */
export function refuse(message: string): never {
  throw new LogqlRefusal({ kind: 'parse', message });
}

/** Refuses as Loki's parser does, at an offset of the text. */
export function refuseAt(text: string, offset: number, message: string): never {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  throw new LogqlRefusal({ kind: 'parse', message, line, col: offset - (before.lastIndexOf('\n') + 1) + 1 });
}
