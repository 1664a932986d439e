import { clock } from '../adapters/clock.ts';
import { githubReporter } from '../reporters/github.ts';
import { jsonReporter } from '../reporters/json.ts';
import { liveReporter } from '../reporters/live.ts';
import { plainReporter } from '../reporters/plain.ts';
import { all, type Reporter, reporter } from '../reporters/reporter.ts';
import type { RunOptions } from './options.ts';
import { paint, print, tell } from './output.ts';

/** The reporter that was asked for; live on a terminal and plain elsewhere where none was. */
export function chooseReporter(options: RunOptions): Reporter {
  const { env } = process;
  const chosen = reporterOf(options);
  if (env.GITHUB_ACTIONS !== 'true') return chosen;
  // stdout is data: the runner of GitHub reads annotations from stderr as well.
  const workspace = env.GITHUB_WORKSPACE;
  const annotate = githubReporter(tell, workspace);
  return all([chosen, reporter(annotate, () => undefined)]);
}

function reporterOf({ reporter: name, quiet, json }: RunOptions): Reporter {
  const { env, stderr } = process;
  const terminal = stderr.isTTY === true && env.TERM !== 'dumb';
  switch (name ?? (quiet === true ? 'quiet' : terminal && json !== true ? 'live' : 'plain')) {
    case 'json':
      return reporter(jsonReporter(print, clock), tell);
    case 'quiet':
      return reporter(() => undefined, tell);
    case 'live':
      // Asked for by name where there is no terminal, a picture painted over itself would be noise.
      if (!terminal) return reporter(plainReporter(tell), tell);
      return liveReporter({
        write: paint,
        screen: () => ({
          // A terminal that does not know its size says 0.
          columns: stderr.columns || 80,
          rows: stderr.rows || 24,
          color: (env.NO_COLOR ?? '') === '' && stderr.hasColors(),
        }),
        now: clock.now,
      });
    default:
      return reporter(plainReporter(tell), tell);
  }
}
