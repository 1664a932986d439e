import type { RunStatus } from '@plumbline/contracts';

const VERBS: readonly string[] = ['up', 'apply', 'verify', 'rollback', 'repair', 'converge', 'diagnose', 'down'];
/** Pipelines that a verb of another name runs. */
const NAMED: Readonly<Record<string, string>> = { rotate: 'secrets rotate', secrets: 'secrets verify' };

/** What to do next, for the end of a run. Pure. */
export function nextSteps(pipeline: string, status: RunStatus, flags: string): readonly string[] {
  // A step alone runs as a pipeline of its own (pipelines.ts), which no verb names.
  const verb = VERBS.includes(pipeline)
    ? pipeline
    : (NAMED[pipeline] ?? pipeline.replace(/^(step-)?/, (step) => (step === '' ? 'run ' : 'step ')));
  if (status === 'interrupted') return [`./plumb ${verb}${flags}: run it again; it finishes the job`];
  const read = './plumb runs show: read the errors above again, with their evidence';
  if (status === 'rolled_back' && pipeline === 'rollback')
    return [`./plumb up${flags}: deploy again when the configuration is mended`];
  if (status === 'rolled_back')
    return [
      read,
      `./plumb ${verb}${flags}: run it again when they are mended; until then, what was proved last serves`,
    ];
  if (status === 'rollback_failed')
    return [
      read,
      `./plumb diagnose${flags}: see what stands and what does not; docs/recovery.md tells what to do by hand`,
    ];
  if (status === 'failed') return [read, `./plumb ${verb}${flags}: run it again when they are mended`];
  if (pipeline === 'down') return [`./plumb up${flags}: start it again`];
  if (pipeline === 'secrets') return [`./plumb up${flags}: have each service started with its secrets`];
  return [
    `./plumb verify${flags}: prove it again at any time`,
    './plumb runs list: what was run and how it ended',
    `./plumb down${flags}: stop it; the collected lines stay`,
  ];
}
