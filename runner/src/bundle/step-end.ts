import type { Report, StepOutcome, Summary } from '@plumbline/contracts';

/** How one step of a run ended. */
export interface StepEnd {
  readonly id: string;
  readonly uses: string;
  readonly status: Summary['steps'][number]['status'];
  readonly summary: string;
  readonly durationMs: number;
  readonly report?: Report;
  readonly said?: StepOutcome;
  /** Of a cell: the step that its checks are counted under. */
  readonly cellOf?: string;
  /** It did not run because there was nothing for it to do. */
  readonly notNeeded?: boolean;
  /** Steps that it waited for, and steps that it did again. */
  readonly waitsFor?: readonly string[];
  readonly supersedes?: readonly string[];
}
