import type { Environment, Ports } from '@plumbline/contracts';

/** What execution needs. */
export interface ExecuteContext {
  readonly config: Environment;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  emit(
    event:
      | { readonly type: 'progress'; readonly text: string }
      | { readonly type: 'waiting'; readonly text: string; readonly until?: string },
  ): void;
}
