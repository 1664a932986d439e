import { ok, outcome, passed, type Step } from '@plumbline/contracts';
import { guard } from './guard.ts';

/** A step that reaches the world through the guard, and does not run at all in a mode that its manifest does not list. */
export function guardedStep(step: Step): Step {
  const { manifest } = step;
  return {
    manifest,
    async run(context) {
      const { mode, config, ports, runDir } = context;
      if (!manifest.modes.includes(mode)) {
        const summary = `${manifest.name} does not run in ${mode}, only in ${manifest.modes.join(' and ')}`;
        return ok(outcome(summary, { checks: [passed({ id: `${manifest.name}.mode`, summary }, 'skipped')] }));
      }
      const roots = { bundle: runDir, deploy_root: config.paths.deploy_root };
      return step.run({ ...context, ports: guard(ports, { mode, step: manifest.name, roots }) });
    },
  };
}

/** Every step of a table behind the guard. */
export function guardAll(steps: Readonly<Record<string, Step>>): Readonly<Record<string, Step>> {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, guardedStep(step)]));
}
