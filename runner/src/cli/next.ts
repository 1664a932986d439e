import type { RunStatus } from '@plumbline/contracts';

/** What to do next, for the end of a run. Pure. */
export function nextSteps(pipeline: string, status: RunStatus, flags: string): readonly string[] {
  if (status === 'interrupted') return [`./plumb ${pipeline}${flags}: run it again; it finishes the job`];
  if (status === 'failed')
    return [
      './plumb runs show: read the errors above again, with their evidence',
      `./plumb ${pipeline}${flags}: run it again when they are mended`,
    ];
  if (pipeline === 'down') return [`./plumb up${flags}: start it again`];
  return [
    `./plumb verify${flags}: prove it again at any time`,
    './plumb runs list: what was run and how it ended',
    `./plumb down${flags}: stop it; the collected lines stay`,
  ];
}
