import type { Artifact, Check, Input, Provenance, Result, Sample, StepContext } from '@plumbline/contracts';
import { ok } from '@plumbline/contracts';
import { judgeDashboards } from './dashboards/judge.ts';
import { observeDashboards } from './dashboards/observe.ts';
import { judgeDrift } from './drift/judge.ts';
import { observeDrift } from './drift/observe.ts';
import { judgeHealth } from './health/judge.ts';
import { observeHealth } from './health/observe.ts';
import { judgeIngestion } from './ingestion/judge.ts';
import { observeIngestion } from './ingestion/observe.ts';
import { judgeLabels } from './labels/judge.ts';
import { observeLabels } from './labels/observe.ts';
import { judgeProvenance } from './provenance/judge.ts';
import { observeProvenance } from './provenance/observe.ts';
import { judgeReachability } from './reachability/judge.ts';
import { observeReachability } from './reachability/observe.ts';
import { judgeRules } from './rules/judge.ts';
import { observeRules } from './rules/observe.ts';

/** What a level found. */
export interface LevelFound {
  readonly checks: readonly Check[];
  readonly samples: readonly Sample[];
}

/** One level: it looks, then it judges. Each can fail by itself. */
export type Level = (context: StepContext) => Promise<Result<LevelFound>>;

/** What is deployed is up already: a service that needs more tries than this to answer is not healthy. */
const HEALTH_TRIES = 5;

/** Every level that there is, in the order of its number. */
export const levels: Readonly<Record<string, Level>> = {
  async L1({ ports, signal }) {
    return found(judgeHealth(await observeHealth(ports, signal, HEALTH_TRIES)));
  },
  async L2(context) {
    return found(judgeReachability(await observeReachability(context), context.config.stack));
  },
  async L3(context) {
    const seen = await observeIngestion(context);
    if (!seen.ok) return seen;
    return found(judgeIngestion(seen.value, context.config), Object.values(seen.value.samples).flat());
  },
  async L4(context) {
    return found(judgeLabels(await observeLabels(context), context.config));
  },
  async L5(context) {
    return found(judgeDashboards(await observeDashboards(context)));
  },
  async L6(context) {
    const expected = context.config.stack.rules.length > 0;
    return found(expected ? judgeRules(await observeRules(context), context.config.stack) : []);
  },
  async L7({ inputs, ports }) {
    const deployed = (inputs.provenance as Input<Provenance>).data;
    const { images } = (inputs.artifact as Input<Artifact>).data;
    return found(judgeProvenance(deployed, await observeProvenance(deployed, ports.engine), images));
  },
  async L8(context) {
    return found(judgeDrift(await observeDrift(context), context.ports.engine.name));
  },
};

function found(checks: readonly Check[], samples: readonly Sample[] = []): Result<LevelFound> {
  return ok({ checks, samples });
}
