import type { Failure } from './failure.ts';
import { contractPath } from './paths.ts';
import type { FilesPort } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { type Check, notPassed, passed, type StepContext } from './step.ts';

const LINES = 500;
const BYTES = 256 * 1024;
/** What can be the name of a file: a container can carry any text as the name of its service. */
const NAME = /^[A-Za-z0-9][\w.-]*$/;

/**
 * Keeps what is known of services in the run's folder, before they are replaced or removed: the last lines of each, and
 * what the engine tells of it, without the secrets that are known. Says in a check which files they are; undefined where
 * there was nothing. What could not be kept is a warning, and keeps nothing from going on.
 */
export async function takeEvidence(
  id: string,
  services: readonly string[],
  { ports, runDir }: Pick<StepContext, 'ports' | 'runDir'>,
): Promise<Check | undefined> {
  const files: string[] = [];
  const failures: Failure[] = [];
  const taken = await Promise.all(
    [...new Set(services)].filter((name) => NAME.test(name)).map((name) => take(name, { ports, runDir })),
  );
  for (const one of taken) {
    if (one.ok) files.push(...one.value);
    else failures.push(one.failure);
  }
  const [cause] = failures;
  if (files.length === 0 && cause === undefined) return undefined;
  const parts = { id, required: false, evidence: { files } };
  const kept = files.length === 0 ? 'nothing was kept' : `kept ${files.join(', ')}`;
  if (cause === undefined) return passed({ ...parts, summary: kept });
  return notPassed(
    { ...parts, summary: `${kept}; ${failures.map(({ message }) => message).join('; ')}` },
    'warn',
    cause,
  );
}

async function take(
  service: string,
  { ports, runDir }: Pick<StepContext, 'ports' | 'runDir'>,
): Promise<Result<readonly string[]>> {
  const { engine, files, secrets } = ports;
  const found = await engine.evidence(service, LINES);
  if (!found.ok) return err({ ...found.failure, message: `no evidence of ${service}: ${found.failure.message}` });
  if (found.value === undefined) return ok([]);
  // Cut after it is scrubbed: half of a secret would not be known as one.
  const log = bounded(secrets.clean(`${found.value.log.join('\n')}\n`));
  const name = await freeName(service, { files, runDir });
  if (!name.ok) return name;
  const logFile = contractPath('run', 'evidence_log', runDir, { service: name.value });
  const stateFile = contractPath('run', 'evidence_state', runDir, { service: name.value });
  const written = await files.write(logFile, log);
  if (!written.ok) return written;
  const cleaned = (_key: string, value: unknown) => (typeof value === 'string' ? secrets.clean(value) : value);
  const state = await files.write(stateFile, `${JSON.stringify(found.value.state, cleaned, 2)}\n`);
  return state.ok ? ok([logFile, stateFile].map((path) => path.slice(runDir.length + 1))) : state;
}

/** The name of a service, with a number where a step before this one has kept what it was then: both are evidence. */
async function freeName(
  service: string,
  { files, runDir }: { readonly files: FilesPort; readonly runDir: string },
): Promise<Result<string>> {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? service : `${service}.${n}`;
    const there = await files.stat(contractPath('run', 'evidence_log', runDir, { service: name }));
    if (!there.ok) return there;
    if (there.value === undefined) return ok(name);
  }
}

/** The end of a text, from the beginning of a line where there is one. */
function bounded(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= BYTES) return text;
  const end = bytes.subarray(-BYTES).toString('utf8');
  const line = end.indexOf('\n');
  return line >= 0 && line < end.length - 1 ? end.slice(line + 1) : end;
}
