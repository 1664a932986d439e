import { availableParallelism } from 'node:os';
import { err, failure, ok, type Result } from '@plumbline/contracts';

/** What every verb that works on an environment takes. */
export interface CommonOptions {
  readonly env: string;
  readonly config?: string;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly reporter?: 'live' | 'plain' | 'json' | 'quiet';
}

/** What `plan` takes. */
export interface PlanOptions extends CommonOptions {
  readonly format: 'text' | 'json' | 'mermaid' | 'svg';
  readonly concurrency?: number;
}

/** What a verb that runs a pipeline takes besides. */
export interface RunOptions extends CommonOptions {
  readonly dryRun?: boolean;
  readonly mode?: string;
  readonly interactive?: 'yes';
  readonly volumes?: boolean;
  readonly plan?: string;
  /** What was named on the command line, so that it can be named again. */
  readonly argument?: string;
  readonly input?: readonly string[];
  readonly fromRun?: string;
  readonly param?: readonly string[];
  readonly concurrency?: number;
}

/** `name=value` pairs of a repeatable flag. */
export function parsePairs(pairs: readonly string[], flag: string): Result<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const cut = pair.indexOf('=');
    if (cut < 1) return err(failure('E_CONFIG_USAGE', `${flag} ${pair}: expected name=value`));
    values[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  return ok(values);
}

const FEWEST_AT_ONCE = 2;

/** --concurrency, else as many as there are cores, and two on a small machine: steps mostly wait. */
export function concurrencyOf({ concurrency }: Pick<RunOptions, 'concurrency'>): number {
  return concurrency ?? Math.max(FEWEST_AT_ONCE, availableParallelism());
}
