import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import {
  contractPath,
  type Environment,
  executionModes,
  type Failure,
  failureExit,
  type Mode,
  namingOf,
  type Result,
  type Summary,
  tokensOf,
} from '@plumbline/contracts';
import { ulid } from 'ulid';
import { branchOf } from '../adapters/branch.ts';
import { clock } from '../adapters/clock.ts';
import { files } from '../adapters/files.ts';
import { isFree, takeLock } from '../adapters/lock.ts';
import { createProcesses } from '../adapters/process.ts';
import { summaryText } from '../bundle/summary-text.ts';
import { chooseMode } from '../guard/choose-mode.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { recordRefused } from '../run/record-run.ts';
import { runPipeline } from '../run/run-pipeline.ts';
import { environmentOf } from './environment.ts';
import { listenForInterrupt } from './interrupt.ts';
import { nextSteps } from './next.ts';
import { concurrencyOf, parsePairs, type RunOptions } from './options.ts';
import { print, printFailure, scrubber } from './output.ts';
import { steps } from './pipeline.ts';
import type { GraphOf } from './pipelines.ts';
import { portsOf } from './ports.ts';
import { chooseReporter } from './reporter.ts';
import { summaryForPeople } from './summary-for-people.ts';
import { buildId, version } from './version.ts';

/** What is to be run: the name of its pipeline, which is recorded also where there is no such graph, and its graph. */
export interface Runnable {
  readonly pipeline: string;
  readonly graphOf: GraphOf;
}

/** Runs a graph and prints how it ended. Resolves with the exit code. */
export async function runVerb(runnable: Runnable, options: RunOptions): Promise<number> {
  const reporter = chooseReporter(options);
  let head: string | undefined;
  const recorded = (hash: string) => {
    head = hash;
  };
  const ended = await run(runnable, options, { reporter, recorded });
  reporter.end();
  const lines = options.reporter === 'json';
  if (!ended.ok) {
    printFailure(ended.failure, options.json === true || lines);
    return failureExit(ended.failure.code);
  }
  const summary = ended.value;
  if (lines) print(JSON.stringify(summary));
  else print(options.json === true ? JSON.stringify(summary, null, 2) : summaryForPeople(summary, head));
  tellGithub(summary);
  return summary.exit_code;
}

async function run(
  { pipeline, graphOf }: Runnable,
  options: RunOptions,
  { reporter, recorded }: { readonly reporter: Reporter; recorded(head: string): void },
): Promise<Result<Summary>> {
  const given = parsePairs(options.input ?? [], '--input');
  if (!given.ok) return given;
  const loaded = await environmentOf(options);
  if (!loaded.ok) return loaded;
  const started = clock.now();
  const runId = `${new Date(started).toISOString().slice(0, 19).replaceAll(':', '-')}Z_${ulid(started)}`;
  const ceiling = loaded.value.environment.bootstrap.execution_mode;
  const refuse = async (refused: { readonly ok: false; readonly failure: Failure }, mode: Mode) => {
    const about = { runId, pipeline, loaded: loaded.value, mode, user: userInfo().username, startedAt: started };
    // What the command line itself does not know never became a run.
    if (refused.failure.code === 'E_CONFIG_USAGE') return refused;
    const recorded = await recordRefused(about, refused.failure, { files, clock, lock: takeLock });
    if (!recorded.ok) printFailure(recorded.failure, false);
    return refused;
  };
  const graph = await graphOf(loaded.value);
  if (!graph.ok) return refuse(graph, askedMode(options.mode) ?? ceiling);
  const mode = chooseMode({
    asked: options.mode,
    ceiling,
    // Empty, as compose and CI leave it, is not set.
    variable: process.env.PLUMBLINE_MODE || undefined,
    manifests: graph.value.nodes.map((node) => node.manifest),
  });
  if (!mode.ok) return refuse(mode, askedMode(options.mode) ?? ceiling);
  const processes = createProcesses(scrubber);
  // However this process ends, but by kill -9: what it started ends with it.
  process.once('exit', processes.killAll);
  const deployLock = contractPath('deploy', 'lock', loaded.value.environment.paths.deploy_root);
  let held: number | undefined;
  const interrupt = listenForInterrupt(reporter.note);
  try {
    return await runPipeline(
      {
        runId,
        graph: graph.value,
        steps,
        loaded: loaded.value,
        mode: mode.value,
        dryRun: options.dryRun === true,
        interactive: options.interactive === 'yes',
        given: given.value,
        fromRun: options.fromRun,
        concurrency: concurrencyOf(options),
        ...shuffleOf(process.env.PLUMBLINE_SHUFFLE_SEED),
        signal: interrupt.signal,
        endedBy: interrupt.by,
        ...branchFor(loaded.value.environment),
        about: {
          plumbline: { version: version(), build: buildId() },
          node: process.version,
          user: userInfo().username,
        },
        emit: reporter.emit,
        recorded,
        next: (status) => (options.dryRun === true ? [] : nextSteps(graph.value.pipeline, status, flagsOf(options))),
      },
      {
        ports: portsOf(loaded.value, scrubber, { processes, heldLock: () => held }),
        files,
        clock,
        scrubber,
        processes,
        hostEnvironment: process.env,
        lock(path, holder, waitS) {
          const lock = takeLock(path, holder, waitS);
          // What changes the host for the engine keeps this lock for as long as it works, also when this process is killed.
          if (lock.ok && path === deployLock) held = lock.value.fd;
          return lock;
        },
        isFree,
      },
    );
  } finally {
    interrupt.dispose();
  }
}

/** Git is asked only where a run's name says the branch. */
function branchFor({ bootstrap, paths }: Environment): { readonly branch?: string } {
  return tokensOf(namingOf(bootstrap).run_dir).includes('branch') ? { branch: branchOf(paths.repo_root) } : {};
}

function askedMode(asked: string | undefined): Mode | undefined {
  return executionModes.order.find((mode) => mode === asked);
}

function shuffleOf(seed: string | undefined): { readonly shuffleSeed?: number } {
  return seed !== undefined && /^\d+$/.test(seed) ? { shuffleSeed: Number(seed) } : {};
}

/** The summary on the page of the job, where GitHub runs this. A page that cannot be written costs nothing else. */
function tellGithub(summary: Summary): void {
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_ACTIONS !== 'true' || GITHUB_STEP_SUMMARY === undefined) return;
  try {
    appendFileSync(GITHUB_STEP_SUMMARY, `${summaryText(summary)}\n`);
  } catch {
    return;
  }
}

function flagsOf({ env, config, argument, profile, set = [] }: RunOptions): string {
  const named = argument === undefined ? '' : ` ${quoted(argument)}`;
  const chosen = config !== undefined ? ` --config ${quoted(config)}` : env === 'demo' ? '' : ` --env ${env}`;
  const kept = profile === undefined ? '' : ` --profile ${quoted(profile)}`;
  return [named, chosen, kept, ...set.map((pair) => ` --set ${quoted(pair)}`)].join('');
}

/** As a shell reads it back. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
