/** What every verb that works on an environment takes. */
export interface CommonOptions {
  readonly env: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a verb that runs a pipeline takes besides. */
export interface RunOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly volumes?: boolean;
  readonly input?: readonly string[];
  readonly fromRun?: string;
  readonly param?: readonly string[];
}
