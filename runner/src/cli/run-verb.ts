import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createScrubber, failureExit, type Result, type Summary } from '@plumbline/contracts';
import { ulid } from 'ulid';
import { clock } from '../adapters/clock.ts';
import { files } from '../adapters/files.ts';
import { isFree, takeLock } from '../adapters/lock.ts';
import { createProcesses } from '../adapters/process.ts';
import { summaryText } from '../bundle/summary-text.ts';
import { chooseMode } from '../guard/choose-mode.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { runPipeline } from '../run/run-pipeline.ts';
import { environmentOf } from './environment.ts';
import { listenForInterrupt } from './interrupt.ts';
import { nextSteps } from './next.ts';
import { concurrencyOf, parsePairs, type RunOptions } from './options.ts';
import { print, printFailure } from './output.ts';
import { steps } from './pipeline.ts';
import type { GraphOf } from './pipelines.ts';
import { portsOf } from './ports.ts';
import { chooseReporter } from './reporter.ts';
import { summaryForPeople } from './summary-for-people.ts';
import { buildId, version } from './version.ts';

/** Runs a graph and prints how it ended. Resolves with the exit code. */
export async function runVerb(graphOf: GraphOf, options: RunOptions): Promise<number> {
  const reporter = chooseReporter(options);
  const ended = await run(graphOf, options, reporter);
  reporter.end();
  const lines = options.reporter === 'json';
  if (!ended.ok) {
    printFailure(ended.failure, options.json === true || lines);
    return failureExit(ended.failure.code);
  }
  if (lines) print(JSON.stringify(ended.value));
  else print(options.json === true ? JSON.stringify(ended.value, null, 2) : summaryForPeople(ended.value));
  tellGithub(ended.value);
  return ended.value.exit_code;
}

async function run(graphOf: GraphOf, options: RunOptions, reporter: Reporter): Promise<Result<Summary>> {
  const loaded = await environmentOf(options);
  if (!loaded.ok) return loaded;
  const graph = await graphOf(loaded.value);
  if (!graph.ok) return graph;
  const given = parsePairs(options.input ?? [], '--input');
  if (!given.ok) return given;
  const mode = chooseMode({
    asked: options.mode,
    ceiling: loaded.value.environment.bootstrap.execution_mode,
    manifests: graph.value.nodes.map((node) => node.manifest),
  });
  if (!mode.ok) return mode;
  const scrubber = createScrubber();
  const processes = createProcesses();
  // However this process ends, but by kill -9: what it started ends with it.
  process.once('exit', processes.killAll);
  const interrupt = listenForInterrupt(reporter.note);
  const started = clock.now();
  try {
    return await runPipeline(
      {
        runId: `${new Date(started).toISOString().slice(0, 19).replaceAll(':', '-')}Z_${ulid(started)}`,
        graph: graph.value,
        steps,
        loaded: loaded.value,
        mode: mode.value,
        dryRun: options.dryRun === true,
        given: given.value,
        fromRun: options.fromRun,
        concurrency: concurrencyOf(options),
        ...shuffleOf(process.env.PLUMBLINE_SHUFFLE_SEED),
        signal: interrupt.signal,
        endedBy: interrupt.by,
        about: {
          plumbline: { version: version(), build: buildId() },
          node: process.version,
          user: userInfo().username,
        },
        emit: reporter.emit,
        next: (status) => nextSteps(graph.value.pipeline, status, flagsOf(options)),
      },
      {
        ports: portsOf(loaded.value, scrubber),
        files,
        clock,
        scrubber,
        processes,
        hostEnvironment: process.env,
        lock: takeLock,
        isFree,
      },
    );
  } finally {
    interrupt.dispose();
  }
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

function flagsOf({ env, config }: RunOptions): string {
  if (config !== undefined) return ` --config ${config}`;
  return env === 'demo' ? '' : ` --env ${env}`;
}
