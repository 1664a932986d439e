/** Why a text is not an expression that can be evaluated here. */
export interface PromqlError {
  /** `unsupported` is grammatical PromQL that is not implemented; `parse` is what Prometheus itself refuses. */
  readonly kind: 'parse' | 'unsupported';
  readonly message: string;
  /** Both count from 1. */
  readonly line: number;
  readonly col: number;
}

/** The error in Prometheus's own words, as its API answers it and as a rule file's check prints it. */
export function promqlErrorText(error: PromqlError): string {
  const what = error.kind === 'unsupported' ? 'not implemented by this stand-in' : 'parse error';
  return `${error.line}:${error.col}: ${what}: ${error.message}`;
}

/** Thrown inside the builder only, and turned into a value at its door. */
export class PromqlRefusal extends Error {
  readonly kind: PromqlError['kind'];
  readonly offset: number;

  constructor(kind: PromqlError['kind'], offset: number, message: string) {
    super(message);
    this.kind = kind;
    this.offset = offset;
  }
}

/** Refuses as Prometheus's parser does, at an offset of the text. */
export function refuse(offset: number, message: string): never {
  throw new PromqlRefusal('parse', offset, message);
}

/** Refuses what is grammatical but not implemented. */
export function unsupported(offset: number, what: string): never {
  throw new PromqlRefusal('unsupported', offset, what);
}

/** The refusal as a value, with its place in the text. */
export function errorOf({ kind, offset, message }: PromqlRefusal, text: string): PromqlError {
  const before = text.slice(0, offset);
  return { kind, message, line: before.split('\n').length, col: offset - (before.lastIndexOf('\n') + 1) + 1 };
}
