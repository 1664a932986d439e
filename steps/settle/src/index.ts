import {
  asDeployed,
  type Check,
  err,
  failure,
  type Input,
  isoTime,
  manifestOf,
  ok,
  outcome,
  type Provenance,
  type Result,
  type Step,
  type StepContext,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judge } from './judge.ts';

const SECOND_MS = 1000;
/** A service that has been ready answers at once; one answer that got lost says nothing. */
const TRIES = 3;

/** Looks until the time is over or a service has fallen: the last of a proof, before it counts. */
export const settle: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const under = await asDeployed(context);
    if (!under.ok) return under;
    const { ports, params, signal, emit } = under.value;
    const { clock } = ports;
    const holdS = Number(params.hold_s);
    const until = clock.now() + holdS * SECOND_MS;
    if (holdS > 0) emit({ type: 'waiting', text: 'every service to stand for its time', until: isoTime(until) });
    for (let looks = 1; ; looks += 1) {
      const checks = await look(under.value);
      if (signal.aborted) return err(failure('E_ENV_INTERRUPTED', `interrupted after ${looks} looks`));
      if (!checks.ok) return checks;
      const bad = checks.value.filter(({ verdict }) => verdict !== 'pass');
      if (bad.length > 0 || clock.now() >= until) return ok(told(checks.value, bad, { looks, holdS, emit }));
      await clock.sleep(SECOND_MS, signal);
    }
  },
};

async function look({ inputs, ports, signal }: StepContext): Promise<Result<readonly Check[]>> {
  const { engine, health } = ports;
  const { data } = inputs.provenance as Input<Provenance>;
  const before = await engine.observe();
  if (!before.ok) return before;
  const fallen = judge(data, before.value, []);
  // Who has ended is not waited for.
  if (fallen.some(({ verdict }) => verdict === 'fail')) return ok(fallen);
  const ready = health.endpoints.filter((endpoint) => endpoint.ready && endpoint.service in data.services);
  const answers = await Promise.all(ready.map((endpoint) => health.check(endpoint, { signal, tries: TRIES })));
  // Who ended while it was asked has ended.
  const after = await engine.observe();
  return after.ok ? ok(judge(data, after.value, answers)) : after;
}

function told(
  checks: readonly Check[],
  bad: readonly Check[],
  { looks, holdS, emit }: { readonly looks: number; readonly holdS: number; readonly emit: StepContext['emit'] },
) {
  for (const check of checks) emit({ type: 'check', check });
  const held = holdS > 0 ? `, for ${holdS} s (${looks} looks)` : '';
  const summary = bad[0]?.summary ?? `all ${checks.length} services still stand${held}`;
  return outcome(summary, { checks });
}
