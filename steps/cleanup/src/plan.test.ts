import type { Belonging } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { running } from '../../../tests/support/ports.ts';
import { plan, records } from './plan.ts';

const deployed = { running: [running('loki'), running('alloy')], deployed: true, data: true, belongings: undefined };

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
    expect(plan({ ...deployed, running: [], deployed: false, data: false }, false)).toMatchObject([
      { op: 'stop_all', services: [] },
    ]);
  });
});

describe('records', () => {
  it.each([
    [deployed, true, 'loki, alloy, volumes'],
    [deployed, false, 'loki, alloy'],
    [{ ...deployed, running: [] }, false, 'nothing'],
  ] as const)('must name what an operation stops', (observed, volumes, target) => {
    const [stop, forget] = plan(observed, volumes).flatMap((op) => records(op, 'done'));
    expect(stop).toMatchObject({ op: 'stop_all', target, outcome: 'done' });
    expect(forget).toMatchObject({ op: 'forget_current', target: 'current' });
  });

  const belongings: readonly Belonging[] = [
    { kind: 'container', id: '1', name: 'p-loki-1' },
    { kind: 'container', id: '2', name: 'p-other-1', foreign: { why: 'it is theirs' } },
    { kind: 'network', id: '3', name: 'p_obs' },
    { kind: 'volume', id: 'p_data', name: 'p_data' },
  ];
  it.each([
    [false, ['remove_container p-loki-1', 'remove_network p_obs', 'forget_current current']],
    [true, ['remove_container p-loki-1', 'remove_network p_obs', 'remove_volume p_data', 'forget_current current']],
  ])('must name each thing that goes where the engine names them, and nothing that is not ours', (volumes, names) => {
    const told = plan({ ...deployed, belongings }, volumes).flatMap((op) => records(op, 'planned'));
    expect(told.map(({ op, target }) => `${op} ${target}`)).toEqual(names);
  });
});
