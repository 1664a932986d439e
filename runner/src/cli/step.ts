import { failureExit } from '@plumbline/contracts';
import { parsePairs, type RunOptions } from './options.ts';
import { printFailure } from './output.ts';
import { steps } from './pipeline.ts';
import { stepGraph } from './pipelines.ts';
import { runVerb } from './run-verb.ts';

/** `step NAME`: one step alone. */
export async function step(name: string, options: RunOptions): Promise<number> {
  const pairs = parsePairs(options.param ?? [], '--param');
  if (!pairs.ok) {
    printFailure(pairs.failure, options.json === true);
    return failureExit(pairs.failure.code);
  }
  const params = Object.fromEntries(
    Object.entries(pairs.value).map(([key, value]) => [key, typed(value, steps[name]?.manifest.params[key]?.type)]),
  );
  return runVerb({ pipeline: `step-${name}`, graphOf: stepGraph(name, params) }, options);
}

/** A flag's text as the type that the manifest declares; what does not fit stays text, and the manifest's check refuses it. */
function typed(value: string, type: string | undefined): unknown {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value);
  return type === 'strings' ? value.split(',') : value;
}
