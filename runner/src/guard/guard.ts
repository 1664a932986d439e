import { resolve } from 'node:path';
import { type Effect, err, executionModes, failure, type Mode, type Ports, type Result } from '@plumbline/contracts';

/** Who calls, in which mode, and where it may write. */
export interface Guarded {
  readonly mode: Mode;
  readonly step: string;
  readonly roots: { readonly bundle: string; readonly deploy_root: string };
}

/**
 * The ports of a step, by the mode of its run (seed 002, P16). A call that contracts/execution_modes.json does not allow,
 * or does not know, is not made: it answers with E_ENV_MODE_VIOLATION. Never throws.
 */
export function guard(ports: Ports, guarded: Guarded): Ports {
  const wrapped = Object.entries(ports).map(([name, port]) => [name, guardPort(name, port as object, guarded)]);
  return Object.fromEntries(wrapped) as Ports;
}

function guardPort(name: string, port: object, guarded: Guarded): object {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function' || typeof key === 'symbol') return value;
      return (...args: readonly unknown[]): unknown => {
        const why = whyNot(executionModes.ports[name]?.[key], args, guarded);
        if (why === undefined) return Reflect.apply(value, target, args);
        return Promise.resolve(refused(`${name}.${key}`, why, args, guarded));
      };
    },
  });
}

/** Why a call must not be made; undefined where it may. */
function whyNot(effect: Effect | undefined, args: readonly unknown[], { mode, roots }: Guarded): string | undefined {
  if (effect === undefined) return 'contracts/execution_modes.json has no entry for it';
  if (effect === 'observe') return undefined;
  const { effects, below } = executionModes.modes[mode];
  if (effect !== 'write' && effect !== 'remove')
    return effects.includes(effect) ? undefined : `it would ${verb[effect]}`;
  const path = resolve(String(args[0]));
  // The run's own folder is evidence, and is exempt in every mode.
  if (isBelow(path, roots.bundle)) return undefined;
  if (!effects.includes(effect)) return `it would ${verb[effect]} ${path}`;
  return below.some((root) => isBelow(path, roots[root])) ? undefined : `${path} is outside what a step may change`;
}

const verb: Readonly<Record<Exclude<Effect, 'observe'>, string>> = {
  write: 'write',
  remove: 'remove',
  start: 'start a service',
  stop: 'stop a service',
  stop_all: 'stop everything',
  change: 'change what a service keeps',
};

function isBelow(path: string, root: string): boolean {
  const base = resolve(root);
  return path === base || path.startsWith(`${base}/`);
}

function refused(call: string, why: string, args: readonly unknown[], { mode, step }: Guarded): Result<never> {
  const argument = typeof args[0] === 'string' ? args[0] : undefined;
  const evidence = { mode, step, call, ...(argument === undefined ? {} : { argument }) };
  return err(failure('E_ENV_MODE_VIOLATION', `${step} may not call ${call} in ${mode}: ${why}`, { evidence }));
}
