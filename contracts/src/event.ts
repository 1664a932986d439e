import type { Failure } from './failure.ts';
import type { StepEvent } from './step.ts';
import type { RunStatus, Verdict } from './verdict.ts';

/** How a step of a run ended. */
export type StepStatus = Verdict | 'crashed' | 'cancelled';

/** Everything that a run tells. Reporters and events.jsonl watch; nothing here changes the run. */
export type RunEvent =
  | {
      readonly type: 'run_started';
      readonly run_id: string;
      readonly pipeline: string;
      readonly environment: string;
      readonly engine: string;
      readonly steps: readonly string[];
      /** Step -> the steps that must end before it. */
      readonly waits_for?: Readonly<Record<string, readonly string[]>>;
    }
  | {
      readonly type: 'step_started';
      readonly step: string;
      readonly uses: string;
      readonly inputs: Readonly<Record<string, string>>;
      /** When its time limit ends. UTC, ISO 8601. */
      readonly until?: string;
    }
  | { readonly type: 'step_event'; readonly step: string; readonly event: StepEvent }
  | {
      readonly type: 'step_ended';
      readonly step: string;
      readonly status: StepStatus;
      readonly summary: string;
      readonly duration_ms: number;
      /** It did not run because there was nothing for it to do. */
      readonly not_needed?: boolean;
    }
  | { readonly type: 'failure'; readonly step?: string; readonly failure: Failure; readonly detail?: string }
  | {
      readonly type: 'run_ended';
      readonly run_id: string;
      readonly status: RunStatus;
      readonly exit_code: number;
      readonly duration_ms: number;
    };

/** Receives events. */
export type Emit = (event: RunEvent) => void;
