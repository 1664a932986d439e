import { executionModes, type Mode, ok, outcome, type Step, type StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { fakePorts } from '../../../tests/support/ports.ts';
import { chooseMode } from './choose-mode.ts';
import { guardAll } from './guarded-step.ts';

const modes = executionModes.order;
const everywhere = [{ name: 'verify', modes: [...modes] as unknown as [Mode] }];
const cleanup = { name: 'cleanup', modes: ['apply'] as [Mode] };

describe('chooseMode', () => {
  it.each(modes)('must take the environment’s own where none is asked for: %s', (ceiling) => {
    expect(chooseMode({ asked: undefined, ceiling, manifests: everywhere })).toEqual({ ok: true, value: ceiling });
  });

  it.each(modes.flatMap((asked) => modes.map((ceiling) => [asked, ceiling] as const)))(
    'must judge %s under a ceiling of %s',
    (asked, ceiling) => {
      const allowed = modes.indexOf(asked) <= modes.indexOf(ceiling);
      const chosen = chooseMode({ asked, ceiling, manifests: everywhere });
      expect(chosen).toMatchObject(
        allowed
          ? { value: asked }
          : { failure: { code: 'E_ENV_MODE_VIOLATION', hint: expect.stringContaining('--mode') } },
      );
    },
  );

  it.each(modes.flatMap((variable) => modes.map((own) => [variable, own] as const)))(
    'must take PLUMBLINE_MODE=%s for the ceiling under one of %s where it is lower, and no less of what is asked for',
    (variable, own) => {
      const least = modes.indexOf(variable) < modes.indexOf(own) ? variable : own;
      const choose = (asked?: Mode) => chooseMode({ asked, ceiling: own, variable, manifests: everywhere });
      expect(choose()).toEqual({ ok: true, value: least });
      for (const asked of modes) expect(choose(asked).ok, asked).toBe(modes.indexOf(asked) <= modes.indexOf(least));
    },
  );

  it('must name the variable where that is what forbids it, and where it says no mode', () => {
    const choose = (variable: string) =>
      chooseMode({ asked: 'apply', ceiling: 'apply', variable, manifests: everywhere });
    expect(choose('diagnose')).toMatchObject({
      failure: {
        message: 'apply was asked for, and PLUMBLINE_MODE allows diagnose at most',
        hint: 'run it with `--mode diagnose`, or unset PLUMBLINE_MODE',
      },
    });
    expect(choose('dry')).toMatchObject({
      failure: { code: 'E_CONFIG_USAGE', message: 'PLUMBLINE_MODE=dry: there is diagnose, repair, apply' },
    });
  });

  it('must refuse a mode that there is not, as a usage error', () => {
    expect(chooseMode({ asked: 'destroy', ceiling: 'apply', manifests: everywhere })).toMatchObject({
      failure: { code: 'E_CONFIG_USAGE', message: '--mode destroy: there is diagnose, repair, apply' },
    });
  });

  it('must refuse a mode in which nothing of the run may run, and name one that fits', () => {
    expect(chooseMode({ asked: 'diagnose', ceiling: 'apply', manifests: [cleanup] })).toMatchObject({
      failure: { code: 'E_ENV_MODE_VIOLATION', hint: 'run it with `--mode apply`' },
    });
    expect(chooseMode({ asked: 'diagnose', ceiling: 'apply', manifests: [cleanup, ...everywhere] }).ok).toBe(true);
  });
});

describe('a guarded step', () => {
  const seen: string[] = [];
  const step = {
    manifest: cleanup,
    async run({ ports }: StepContext) {
      const done = await ports.engine.down({ volumes: true });
      seen.push(done.ok ? 'down' : done.failure.code);
      return ok(outcome('done'));
    },
  } as unknown as Step;
  const run = (guarded: Step, mode: Mode) =>
    guarded.run({ mode, config: demoEnvironment(), ports: fakePorts(), runDir: '/r' } as unknown as StepContext);

  it('must be skipped, with the reason, in a mode that its manifest does not list', async () => {
    const { one } = guardAll({ one: step });
    expect(await run(one as Step, 'diagnose')).toMatchObject({
      value: {
        summary: 'cleanup does not run in diagnose, only in apply',
        checks: [{ id: 'cleanup.mode', verdict: 'skipped' }],
      },
    });
    expect(seen).toEqual([]);
  });

  it('must reach the world through the guard even where its manifest claims a mode', async () => {
    const { one } = guardAll({ one: { ...step, manifest: { ...step.manifest, modes: ['diagnose', 'apply'] } } });
    await run(one as Step, 'diagnose');
    await run(one as Step, 'apply');
    expect(seen).toEqual(['E_ENV_MODE_VIOLATION', 'down']);
  });
});
