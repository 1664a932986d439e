/** What a step did beside keeping what it found. */
export interface Note {
  /** Dropped: the new version has no place for it. Moved: it says the same elsewhere. Filled: nothing said it before. */
  readonly kind: 'dropped' | 'moved' | 'filled';
  /** Of what was dropped or moved, in the file as it was; of what was filled, in the new one. A JSON pointer. */
  readonly pointer: string;
  /** One sentence, with the value where it was dropped. */
  readonly message: string;
}

export type Config = Readonly<Record<string, unknown>>;

/** A step from one schema version of environments to the next. Pure, and total: what it cannot read it keeps for the linter. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  migrate(config: Config): { readonly config: Config; readonly notes: readonly Note[] };
}
