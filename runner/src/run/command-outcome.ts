import {
  type Check,
  effectiveVerdict,
  err,
  type Failure,
  failure,
  notPassed,
  ok,
  outcome,
  passed,
  type Result,
  type StepOutcome,
  worstVerdict,
} from '@plumbline/contracts';
import type { ProcessEnd } from '../adapters/process.ts';
import type { GraphNode } from '../graph/graph-types.ts';
import type { CommandLog } from './command-log.ts';

/** All that is known of a command that has ended. */
export interface CommandEnd {
  readonly node: GraphNode;
  readonly exit: ProcessEnd['exit'];
  readonly leftBehind: boolean;
  /** Processes that it left with the deploy root's lock. */
  readonly lockHeldBy: NonNullable<ProcessEnd['heldBy']>;
  readonly log: CommandLog;
  /** The log's name in the run's folder, where there is one. */
  readonly logFile: string | undefined;
  /** Why it was asked to end, if it was. */
  readonly stopped: Failure | undefined;
  /** The report that it wrote, if it wrote one. */
  readonly report: Result<StepOutcome> | undefined;
}

/**
 * What a command's end means: 0 is pass, 1 is warn, all else is fail. What stopped it comes before all else, a report
 * that is broken before its exit code, and the worse of report and exit code decides. Pure.
 */
export function commandOutcome(end: CommandEnd): Result<StepOutcome> {
  const { node, exit, report, stopped } = end;
  const evidence = evidenceOf(end);
  if (stopped !== undefined) return err({ ...stopped, evidence });
  if (exit.kind === 'not_started')
    return err({ ...whyNotStarted(node, exit.errno), evidence: { argv: evidence.argv } });
  if (report?.ok === false) {
    const cause = { ...report.failure, evidence: { ...report.failure.evidence, ...evidence } };
    return ok(
      outcome(cause.message, {
        checks: [notPassed({ id: `${node.id}.report`, summary: cause.message }, 'fail', cause)],
      }),
    );
  }
  const said = report?.value;
  const own = exitCheck(end, evidence);
  const rank = ['skipped', 'pass', 'warn', 'unknown', 'fail'];
  const reported = worstVerdict((said?.checks ?? []).map(effectiveVerdict));
  // The exit code adds a check only where the report has not said as much already.
  const needed = said === undefined || said.checks.length === 0 || rank.indexOf(own.verdict) > rank.indexOf(reported);
  const base = said ?? outcome(own.summary);
  const kept = lockCheck(end);
  return ok({
    ...base,
    summary: kept?.summary ?? (needed ? own.summary : base.summary),
    checks: [...base.checks, ...(needed ? [own] : []), ...(kept === undefined ? [] : [kept])],
  });
}

/** The lock lives as long as anyone has it: the next run would be refused in the name of one that has ended. */
function lockCheck({ node, lockHeldBy }: CommandEnd): Check | undefined {
  if (lockHeldBy.length === 0) return undefined;
  const who = lockHeldBy.map(({ pid, name }) => `${name} (process ${pid})`).join(', ');
  const summary = `${node.id} left ${who} running with the lock of the deploy root`;
  const hint = `end it, and close descriptor 3 for what is to stay: \`setsid PROGRAM 3>&- &\``;
  const cause = failure('E_RUNTIME_STEP_FAILED', summary, { hint });
  return notPassed({ id: `${node.id}.lock`, summary, evidence: { held_by: [...lockHeldBy] } }, 'fail', cause);
}

function evidenceOf({
  node,
  exit,
  log,
  logFile,
  leftBehind,
  lockHeldBy,
}: CommandEnd): Readonly<Record<string, unknown>> {
  return {
    argv: node.command?.argv ?? [],
    ...(exit.kind === 'code' ? { exit_code: exit.code } : exit.kind === 'signal' ? { signal: exit.signal } : {}),
    ...(logFile === undefined ? {} : { log: logFile }),
    ...(log.lastLines.length === 0 ? {} : { last_lines: log.lastLines }),
    ...(log.cut === 0 ? {} : { log_bytes_cut: log.cut }),
    ...(leftBehind ? { left_behind: 'processes that it left were ended' } : {}),
    ...(lockHeldBy.length === 0 ? {} : { lock_held_by: [...lockHeldBy] }),
  };
}

function exitCheck(end: CommandEnd, evidence: Readonly<Record<string, unknown>>): Check {
  const { node, exit, log } = end;
  const id = `${node.id}.exit`;
  if (exit.kind === 'code' && exit.code === 0) return passed({ id, summary: 'it ended with exit code 0', evidence });
  const how =
    exit.kind === 'signal'
      ? `was ended by ${exit.signal}`
      : `ended with exit code ${exit.kind === 'code' ? exit.code : ''}`;
  const last = log.lastLines.at(-1);
  const summary = `it ${how}${last === undefined ? '' : `: ${last.slice(0, 200)}`}`;
  const cause = failure(
    'E_RUNTIME_STEP_FAILED',
    `${node.id} ${how}${last === undefined ? '' : `: ${last.slice(0, 200)}`}`,
  );
  return notPassed({ id, summary, evidence }, exit.kind === 'code' && exit.code === 1 ? 'warn' : 'fail', cause);
}

function whyNotStarted(node: GraphNode, errno: string): Failure {
  const program = node.command?.argv[0] ?? '';
  if (errno === 'ENOENT' && !program.includes('/'))
    return failure('E_DEPS_TOOL_MISSING', `${node.id} runs ${program}, which is not on the PATH`);
  if (errno === 'ENOENT')
    return failure(
      'E_CONFIG_NOT_FOUND',
      `${node.id} runs ${program}, which does not exist or names an interpreter that does not`,
      {
        hint: 'a path in "run" is relative to repo_root',
      },
    );
  if (errno === 'EACCES')
    return failure('E_RUNTIME_STEP_FAILED', `${node.id} runs ${program}, which may not be executed`, {
      hint: `make it executable, \`chmod +x ${program}\`, or name its interpreter first: ["bash", "${program}"]`,
    });
  return failure('E_RUNTIME_STEP_FAILED', `${node.id} could not be started: ${errno}`, {
    hint: 'read "run" of the step: is the program one for this machine, are its arguments not too long?',
  });
}
