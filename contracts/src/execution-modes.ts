import raw from '../execution_modes.json' with { type: 'json' };
import type { ExecutionModes } from './generated/types.ts';
import type { Ports } from './ports.ts';

/** What a call of a port does to the world. */
export type Effect = ExecutionModes['modes']['diagnose']['effects'][number];

type Methods<P> = {
  readonly [M in keyof P as NonNullable<P[M]> extends (...args: never[]) => unknown ? M : never]-?: string;
};

// The compiler refuses a method of a port that has no entry.
const entries: { readonly [P in keyof Ports]: Methods<Ports[P]> } = raw.ports;

/** `contracts/execution_modes.json`: what a run may do in each mode (seed 002, P16). */
export const executionModes = { ...raw, ports: entries } as unknown as ExecutionModes;
