import {
  type Artifact,
  type Check,
  err,
  type Failure,
  failure,
  KEPT_ENVIRONMENT,
  manifestOf,
  ok,
  outcome,
  type Payload,
  passed,
  type Report,
  type Result,
  ROLLED_BACK,
  readPayload,
  type Step,
  type StepContext,
  type StepOutcome,
  takeEvidence,
  underArtifact,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { checkRuntime } from './check-runtime.ts';
import { checkDesiredState } from './desired-state.ts';
import { doomed, failing } from './evidence.ts';
import { execute, record } from './execute.ts';
import { findings } from './findings.ts';
import { checkImages } from './images.ts';
import { journalWriter } from './journal.ts';
import { type Observed, observe } from './observe.ts';
import { type Plan, plan } from './plan.ts';
import { provenance } from './provenance.ts';
import { appliedCheck, serviceChanges, summarize } from './report.ts';
import { checkRotation, rotation } from './rotation.ts';
import { targetOf } from './target.ts';

/**
 * Makes the host run what an artifact describes: the one that it is given, or the one that was proved last. It reads
 * first, plans in pure code, and changes only what differs.
 */
export const apply: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const back = context.params.target === 'verified';
    const said = await run(context, back);
    // That it could not even begin is how a rollback ended.
    return said.ok || !back ? said : ok(failed(said.failure, ROLLED_BACK));
  },
};

async function run(context: StepContext, back: boolean): Promise<Result<StepOutcome>> {
  const { ports } = context;
  const unchanged = back ? ok(undefined) : await checkDesiredState(context);
  if (!unchanged.ok) return unchanged;
  const target = await targetOf(context);
  if (!target.ok) return target;
  if (target.value.skipped !== undefined) return ok(skipped(target.value.skipped));
  const { artifact } = target.value;
  const payload = await readPayload(artifact, ports.files);
  if (!payload.ok) return payload;
  const under = underArtifact(context, artifact.data, payload.value.get(KEPT_ENVIRONMENT));
  if (!under.ok) return under;
  const fit = await checkRuntime(artifact.data, under.value);
  if (!fit.ok) return fit;
  const said = await deploy(under.value, artifact.data, payload.value, back);
  return said.ok ? ok({ ...said.value, checks: [...said.value.checks, ...fit.value] }) : said;
}

/** What follows when it is known that the payload is whole and the runtime is what it requires. */
async function deploy(
  under: StepContext,
  artifact: Artifact,
  payload: Payload,
  back: boolean,
): Promise<Result<StepOutcome>> {
  const { config, inputs, params, ports, dryRun, mode } = under;
  const rotate = rotation(under);
  if (!rotate.ok) return rotate;
  const { secrets: policy } = config.secretsPolicy;
  const observed = await observe(artifact, payload, config.paths.deploy_root, ports, {
    policy,
    rotate: rotate.value,
    back,
  });
  if (!observed.ok) return observed;
  const can = await checkRotation(observed.value, under, rotate.value);
  if (!can.ok) return can;
  // What failed before says nothing of what is gone back to.
  const broken = back ? new Map<string, string>() : findings(inputs.findings?.data as Report | undefined);
  const planned = plan(observed.value, broken);
  const asked = checkPlan(planned, String(params.plan ?? ''));
  if (!asked.ok) return asked;
  const id = back ? ROLLED_BACK : 'apply.converged';
  const offline = config.bootstrap.offline_mode === true;
  const images = await checkImages(observed.value, planned.ops, ports.engine, offline);
  if (!images.ok) return ok(failed(images.failure, id));
  if (dryRun || mode === 'diagnose') {
    const said = tell(back ? 'apply.planned' : id, planned, observed.value);
    // Only who could carry out this very plan is told how: a rollback and a diagnosis take none.
    return ok(back || mode === 'diagnose' ? { ...said, next: [] } : said);
  }
  return carryOut({ id, planned, observed: observed.value, broken: new Set(broken.keys()) }, under);
}

function failed(cause: Failure, id: string): StepOutcome {
  return outcome(cause.message, { checks: [appliedCheck(id, cause.message, {}, cause)] });
}

function skipped(why: string): StepOutcome {
  return outcome(why, { checks: [passed({ id: ROLLED_BACK, summary: why }, 'skipped')] });
}

/** Who has looked at a plan wants that one, or none. */
function checkPlan({ sha256, ops }: Plan, asked: string): Result<void> {
  if (asked === '' || asked === sha256) return ok(undefined);
  const message = `the plan is now ${sha256.slice(0, 12)} (${ops.length} operations), not ${asked.slice(0, 12)}`;
  return err(failure('E_PROOF_PLAN_CHANGED', message, { evidence: { asked, planned: sha256 } }));
}

/** A plan that is not carried out. */
function tell(id: string, planned: Plan, observed: Observed): StepOutcome {
  const { ops } = planned;
  const summary =
    ops.length === 0
      ? 'nothing would change'
      : `${ops.length} operations would be carried out; plan ${planned.sha256.slice(0, 12)}`;
  return outcome(summary, {
    operations: ops.map((op) => record(op, 'planned')),
    services: serviceChanges(planned, observed, observed.running),
    checks: [appliedCheck(id, summary, evidenceOf(planned, observed))],
    next:
      ops.length === 0
        ? []
        : [`./plumb up, or apply, with --plan ${planned.sha256}: carry out exactly this, or nothing`],
  });
}

function evidenceOf({ sha256 }: Plan, { artifact, journal }: Observed): Check['evidence'] {
  const continues = journal.open === undefined ? {} : { cut_off: journal.open };
  return { generation: artifact.generation, plan_sha256: sha256, ...continues };
}

/** A plan to be carried out. */
interface Work {
  readonly id: string;
  readonly planned: Plan;
  readonly observed: Observed;
  /** Services that a proof found broken. */
  readonly broken: ReadonlySet<string>;
}

async function carryOut(
  { id, planned, observed, broken }: Work,
  { config, ports, signal, emit, runId, runDir }: StepContext,
): Promise<Result<StepOutcome>> {
  const { artifact, journal: earlier } = observed;
  const root = config.paths.deploy_root;
  if (earlier.open !== undefined)
    emit({ type: 'progress', text: `${earlier.open.run} was cut off while it deployed; what it began is finished` });
  const journal = journalWriter(
    { deployRoot: root, run: runId, generation: artifact.generation, torn: earlier.torn },
    ports,
  );
  const lost = doomed(planned.ops, observed.running, id === ROLLED_BACK ? 'all' : broken);
  const before = await takeEvidence('apply.evidence', lost, { ports, runDir });
  const { operations, failure: cause } = await execute(planned.ops, observed, {
    config,
    ports,
    signal,
    emit,
    journal,
  });
  const ended = cause === undefined ? [] : failing(operations);
  const after = await takeEvidence('apply.evidence_of_failure', ended, { ports, runDir });
  const running = await ports.engine.observe();
  if (!running.ok) return err(cause ?? running.failure);
  const summary = cause === undefined ? summarize(planned.ops, running.value.length) : cause.message;
  return ok(
    outcome(
      id === ROLLED_BACK && cause === undefined ? `back to ${artifact.generation.slice(0, 12)}: ${summary}` : summary,
      {
        operations,
        services: serviceChanges(planned, observed, running.value),
        checks: [
          appliedCheck(id, summary, evidenceOf(planned, observed), cause),
          ...[before, after].filter((check) => check !== undefined),
        ],
        outputs:
          cause === undefined
            ? { provenance: provenance(config, observed, running.value, ports.engine.name), deployed: artifact }
            : {},
        standIns: running.value.filter((s) => s.standIn).map((s) => s.service),
      },
    ),
  );
}
