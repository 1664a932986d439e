import {
  contractPath,
  err,
  failure,
  ok,
  type Report,
  type Result,
  type StepOutcome,
  sha256,
} from '@plumbline/contracts';
import { ANY_FILE, fileOf, type GraphNode } from '../graph/graph-types.ts';
import { checkAgainst } from './resolve-input.ts';
import type { RunContext } from './run-context.ts';

/** Writes what a step delivers. Outputs are checked against their schemas before anything can read them. */
export async function writeOutputs(
  node: GraphNode,
  said: StepOutcome,
  run: RunContext,
): Promise<Result<Report['outputs']>> {
  const outputs: Report['outputs'] = {};
  for (const declared of node.manifest.outputs) {
    const file = fileOf(node, declared);
    const data = dataOf(declared, said, file, run);
    if (!data.ok) return data;
    if (data.value === undefined) continue;
    const written = await run.ports.files.write(contractPath('run', 'output', run.runDir, { path: file }), data.value);
    if (!written.ok) return written;
    outputs[declared.name] = { file, sha256: sha256(data.value) };
  }
  return ok(outputs);
}

function dataOf(
  declared: GraphNode['manifest']['outputs'][number],
  said: StepOutcome,
  file: string,
  { scrubber }: RunContext,
): Result<string | Uint8Array | undefined> {
  const bytes = said.files?.[declared.name];
  if (bytes !== undefined && declared.schema === ANY_FILE) {
    const stream = scrubber.stream();
    const text = asText(bytes);
    if (text !== undefined) return ok(scrubber.text(text));
    const clean = Buffer.concat([stream.push(bytes), stream.end()]);
    if (clean.equals(bytes)) return ok(bytes);
    const message = `the output ${declared.name} holds a secret, and is no text that it could be removed from`;
    return err(failure('E_PROOF_REPORT_INVALID', message, { hint: 'let the step leave the secret out' }));
  }
  const value = said.outputs[declared.name];
  if (value === undefined) return ok(undefined);
  if (declared.schema === ANY_FILE)
    return err(failure('E_PROOF_REPORT_INVALID', `the output ${declared.name} is a file, and its step gave no bytes`));
  const checked = checkAgainst(declared.schema, value, file);
  return checked.ok ? ok(`${JSON.stringify(scrubber.value(value), null, 2)}\n`) : checked;
}

/** Text can lose a secret and still be read; other bytes, an archive or an image, would be broken. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
