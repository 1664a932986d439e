import type { Environment, Ports } from '@plumbline/contracts';
import type { WriteJournal } from './journal.ts';

/** What execution needs. */
export interface ExecuteContext {
  readonly config: Environment;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly journal: WriteJournal;
  emit(
    event:
      | { readonly type: 'progress'; readonly text: string }
      | { readonly type: 'waiting'; readonly text: string; readonly until?: string },
  ): void;
}
