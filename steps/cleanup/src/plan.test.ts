import { describe, expect, it } from 'vitest';
import { running } from '../../../tests/support/ports.ts';
import { plan, record } from './plan.ts';

const deployed = { running: [running('loki'), running('alloy')], deployed: true, data: true };

describe('plan of cleanup', () => {
  it('must stop everything, forget the generation, and keep the data', () => {
    expect(plan(deployed, false)).toMatchObject([
      { op: 'stop_all', services: ['loki', 'alloy'], volumes: false },
      { op: 'forget_current' },
    ]);
  });

  it('must remove data only where that was asked for and there is some', () => {
    expect(plan(deployed, true)[0]).toMatchObject({ volumes: true, cause: 'down --volumes was asked for' });
    expect(plan({ ...deployed, data: false }, true)[0]).toMatchObject({ volumes: false });
  });

  it('must ask the engine even where nothing runs, and forget nothing that is not there', () => {
    expect(plan({ running: [], deployed: false, data: false }, false)).toMatchObject([
      { op: 'stop_all', services: [] },
    ]);
  });
});

describe('record', () => {
  it.each([
    [deployed, true, 'loki, alloy, volumes'],
    [deployed, false, 'loki, alloy'],
    [{ ...deployed, running: [] }, false, 'nothing'],
  ] as const)('must name what an operation stops', (observed, volumes, target) => {
    const [stop, forget] = plan(observed, volumes).map((op) => record(op, 'done'));
    expect(stop).toMatchObject({ op: 'stop_all', target, outcome: 'done' });
    expect(forget).toMatchObject({ op: 'forget_current', target: 'current' });
  });
});
