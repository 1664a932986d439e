import { describe, expect, it } from 'vitest';
import { running } from '../../../tests/support/ports.ts';
import { doomed, failing } from './evidence.ts';
import type { ApplyOp } from './operation.ts';

const replace = (service: string): ApplyOp => ({ op: 'replace', service, irreversible: false, cause: 'c' });
const ops: readonly ApplyOp[] = [
  replace('fine'),
  replace('ended'),
  replace('looping'),
  { op: 'stop', service: 'gone', cause: 'c' },
  { op: 'start', service: 'new', cause: 'c' },
];
const seen = [
  running('fine'),
  running('ended', { state: 'exited' }),
  running('looping', { restarts: 3 }),
  running('gone'),
];

describe('doomed', () => {
  it('must name every service that a rollback replaces or stops', () => {
    expect(doomed(ops, seen, 'all')).toEqual(['fine', 'ended', 'looping', 'gone']);
  });

  it('must else name those alone that do not run as they should', () => {
    expect(doomed(ops, seen, new Set())).toEqual(['ended', 'looping']);
    expect(doomed(ops, seen, new Set(['fine']))).toEqual(['fine', 'ended', 'looping']);
  });
});

describe('failing', () => {
  it('must name the service whose start failed, and nothing else that failed', () => {
    const record = { cause: 'c', target: 'loki' };
    expect(
      failing([
        { ...record, op: 'start', outcome: 'done' },
        { ...record, op: 'await_ready', outcome: 'failed' },
      ]),
    ).toEqual(['loki']);
    expect(failing([{ ...record, op: 'write_store', outcome: 'failed' }])).toEqual([]);
  });
});
