import { err, type Failure, failure, ok, type Result, type Stack } from '@plumbline/contracts';
import { buildGraph, parseAlloy } from '@plumbline/formats/alloy';
import { parseIni } from '@plumbline/formats/ini';
import { parseJson } from '@plumbline/formats/json';
import { parseYaml } from '@plumbline/formats/yaml';

type Format = Stack['services'][string]['config']['files'][number]['format'];

/** Whether the service that reads a rendered file could read it: its syntax, and for the collector its component graph. */
export function checkRendered(format: Format, text: string, file: string): Result<void> {
  if (format === 'alloy') {
    const parsed = parseAlloy(text, file);
    if (!parsed.ok) return err(asRendered(parsed.failure));
    const graph = buildGraph(parsed.value);
    return graph.ok ? ok(undefined) : err(asRendered(graph.failure));
  }
  const parsed =
    format === 'json' ? parseJson(text, file) : format === 'ini' ? parseIni(text, file) : parseYaml(text, file);
  return parsed.ok ? ok(undefined) : err(asRendered(parsed.failure));
}

function asRendered(cause: Failure): Failure {
  return failure('E_CONFIG_SERVICE_INVALID', cause.message, cause.place === undefined ? {} : { place: cause.place });
}
