import type { RunStatus } from '@plumbline/contracts';

/** What to do next, for the end of a run. Pure. */
export function nextSteps(pipeline: string, status: RunStatus, flags: string): readonly string[] {
  // A step alone runs as a pipeline of its own (pipelines.ts), which no verb names.
  const verb = ['up', 'verify', 'down'].includes(pipeline)
    ? pipeline
    : pipeline.replace(/^(step-)?/, (step) => (step === '' ? 'run ' : 'step '));
  if (status === 'interrupted') return [`./plumb ${verb}${flags}: run it again; it finishes the job`];
  if (status === 'failed')
    return [
      './plumb runs show: read the errors above again, with their evidence',
      `./plumb ${verb}${flags}: run it again when they are mended`,
    ];
  if (pipeline === 'down') return [`./plumb up${flags}: start it again`];
  return [
    `./plumb verify${flags}: prove it again at any time`,
    './plumb runs list: what was run and how it ended',
    `./plumb down${flags}: stop it; the collected lines stay`,
  ];
}
