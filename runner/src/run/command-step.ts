import { basename } from 'node:path';
import {
  contractPath,
  err,
  type FilesPort,
  failure,
  type Input,
  notPassed,
  ok,
  outcome,
  passed,
  type Result,
  type StepContext,
  type StepOutcome,
  sha256,
} from '@plumbline/contracts';
import { ANY_FILE, fileOf, type GraphNode } from '../graph/graph-types.ts';
import { commandEnvironment } from './command-environment.ts';
import { type CommandLog, commandLog } from './command-log.ts';
import { commandOutcome } from './command-outcome.ts';
import { readCommandReport } from './command-report.ts';
import { checkAgainst } from './resolve-input.ts';
import type { RunContext } from './run-context.ts';
import { stopCause } from './stop-cause.ts';

const LARGEST_REPORT = 4 << 20;
const LARGEST_OUTPUT = 64 << 20;

/**
 * Runs a step that is a program. Its inputs are copies, so that it can spoil only its own; its outputs go to a folder
 * of its own and enter the bundle when they are checked.
 */
export async function runCommand(node: GraphNode, context: StepContext, run: RunContext): Promise<Result<StepOutcome>> {
  const argv = node.command?.argv ?? ['true'];
  const { modes } = node.manifest;
  if (!modes.includes(context.mode)) {
    const summary = `${node.id} does not run in ${context.mode}, only in ${modes.join(' and ')}`;
    return ok(outcome(summary, { checks: [passed({ id: `${node.id}.mode`, summary }, 'skipped')] }));
  }
  if (context.dryRun) {
    const operation = {
      op: 'run',
      target: argv.join(' '),
      cause: 'the pipeline names it',
      outcome: 'planned',
    } as const;
    return ok(outcome(`would run ${argv.join(' ')}`, { operations: [operation] }));
  }
  const { files } = context.ports;
  const work = contractPath('run', 'command', run.runDir, { step: node.id });
  const report = contractPath('run', 'report', run.runDir, { step: node.id });
  // What an attempt before this one left is not what this one says.
  for (const left of [work, report]) {
    const removed = await files.remove(left);
    if (!removed.ok) return removed;
  }
  const ready = await prepare(node, context.inputs, run.runDir, files);
  if (!ready.ok) return ready;
  const facts = { runDir: run.runDir, runId: run.runId, mode: context.mode, report, ...ready.value };
  const end = await run.processes.run({
    argv,
    cwd: context.config.paths.repo_root,
    env: commandEnvironment(node, facts, run.hostEnvironment),
    signal: context.signal,
    ...(run.heldLock === undefined || node.manifest.effects.length === 0 ? {} : { inherit: run.heldLock }),
  });
  const log = commandLog(end.output);
  const logFile = await writeLog(node, log, run, files);
  if (!logFile.ok) return logFile;
  const said = commandOutcome({
    node,
    exit: end.exit,
    leftBehind: end.leftBehind,
    lockHeldBy: end.heldBy ?? [],
    log,
    logFile: logFile.value,
    stopped: stopCause(context.signal, node),
    report: await readReport(report, node, context, run),
  });
  const whole = said.ok ? await collect(node, said.value, ready.value, context, work) : said;
  if (node.manifest.inputs.length + node.manifest.outputs.length > 0) await files.remove(work);
  if (whole.ok) for (const check of whole.value.checks) context.emit({ type: 'check', check });
  return whole;
}

interface Prepared {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

async function prepare(
  node: GraphNode,
  given: Readonly<Record<string, Input | undefined>>,
  runDir: string,
  files: FilesPort,
): Promise<Result<Prepared>> {
  const inputs: Record<string, string> = {};
  for (const { name } of node.manifest.inputs) {
    const input = given[name];
    if (input === undefined) continue;
    const bytes = await files.read(input.path);
    if (!bytes.ok) return bytes;
    const file = basename(input.path);
    const path = contractPath('run', 'command_input', runDir, { step: node.id, name, file });
    const copied = await files.write(path, bytes.value);
    if (!copied.ok) return copied;
    inputs[name] = path;
  }
  const outputs = Object.fromEntries(
    node.manifest.outputs.map((output) => [
      output.name,
      contractPath('run', 'command_output', runDir, { step: node.id, path: fileOf(node, output) }),
    ]),
  );
  const made =
    node.manifest.outputs.length === 0
      ? ok(undefined)
      : await files.makeDirectory(contractPath('run', 'command_outputs', runDir, { step: node.id }));
  return made.ok ? ok({ inputs, outputs }) : made;
}

async function writeLog(
  node: GraphNode,
  log: CommandLog,
  run: RunContext,
  files: FilesPort,
): Promise<Result<string | undefined>> {
  if (log.text === '') return ok(undefined);
  const path = contractPath('run', 'log', run.runDir, { step: node.id });
  const written = await files.write(path, log.text);
  return written.ok ? ok(path.slice(run.runDir.length + 1)) : written;
}

async function readReport(
  path: string,
  node: GraphNode,
  context: StepContext,
  run: RunContext,
): Promise<Result<StepOutcome> | undefined> {
  const { files, clock } = context.ports;
  const text = await readBounded(path, LARGEST_REPORT, files);
  if (text === undefined) return undefined;
  if (!text.ok) {
    // The runner's own report must have the place.
    await files.remove(path);
    return err(failure('E_PROOF_REPORT_INVALID', `the report that ${node.id} wrote ${text.failure}`));
  }
  return readCommandReport(new TextDecoder().decode(text.value), {
    clean: run.scrubber.text,
    runId: run.runId,
    step: node.id,
    mode: context.mode,
    at: new Date(clock.now()).toISOString(),
  });
}

/** The bytes of a file that a command wrote: not of a pipe, which would hang, and not of a file that fills the memory. */
async function readBounded(
  path: string,
  largest: number,
  files: FilesPort,
): Promise<Result<Uint8Array, string> | undefined> {
  const there = await files.stat(path);
  if (!there.ok) return err('cannot be looked at');
  if (there.value === undefined) return undefined;
  if (there.value.kind !== 'file') return err('is no regular file');
  if (there.value.size > largest) return err(`has ${there.value.size} bytes, more than ${largest}`);
  const bytes = await files.read(path);
  return bytes.ok ? bytes : err('cannot be read');
}

/** Takes what the command delivers; inputs that it changed and outputs that it did not write are failures. */
async function collect(
  node: GraphNode,
  said: StepOutcome,
  { inputs, outputs: paths }: Prepared,
  context: StepContext,
  work: string,
): Promise<Result<StepOutcome>> {
  const { files } = context.ports;
  const failed = said.checks.some((check) => check.verdict === 'fail');
  const checks = [...said.checks];
  const outputs: Record<string, unknown> = {};
  const bytes: Record<string, Uint8Array> = {};
  const complain = (
    id: string,
    message: string,
    code: 'E_RUNTIME_STEP_FAILED' | 'E_PROOF_REPORT_INVALID' = 'E_RUNTIME_STEP_FAILED',
  ) => {
    // One cause, one error: a command that failed has not delivered for that reason.
    if (!failed) checks.push(notPassed({ id: `${node.id}.${id}`, summary: message }, 'fail', failure(code, message)));
  };
  for (const [name, path] of Object.entries(inputs)) {
    const now = await files.read(path);
    const state = now.ok ? (sha256(now.value) === context.inputs[name]?.sha256 ? undefined : 'changed') : 'removed';
    if (state !== undefined)
      complain(`input-${name}`, `${node.id} ${state} its input ${name}; the bundle has the original`);
  }
  for (const { name, schema } of node.manifest.outputs) {
    const read = await readBounded(paths[name] ?? work, LARGEST_OUTPUT, files);
    if (read === undefined) complain(`output-${name}`, `${node.id} did not write its output ${name}`);
    else if (!read.ok) complain(`output-${name}`, `the output ${name} of ${node.id} ${read.failure}`);
    else if (schema === ANY_FILE) bytes[name] = read.value;
    else {
      const value = parse(read.value);
      const checked = checkAgainst(schema, value, name);
      if (value === undefined) complain(`output-${name}`, `the output ${name} of ${node.id} is not whole JSON`);
      else if (checked.ok) outputs[name] = value;
      else {
        const message = `the output ${name} of ${node.id} is no ${schema}: ${checked.failure.message}`;
        complain(`output-${name}`, message, 'E_PROOF_REPORT_INVALID');
      }
    }
  }
  const worse = checks.length > said.checks.length;
  return ok({ ...said, summary: worse ? (checks.at(-1)?.summary ?? '') : said.summary, checks, outputs, files: bytes });
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
