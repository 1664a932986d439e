import { type Environment, type Failure, failure, type HealthContract, type Place } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import type { JsonDocument } from '@plumbline/formats/json';
import { compileRe2 } from '@plumbline/formats/re2';
import { lintPaths } from './lint-paths.ts';
import type { Path } from './merge.ts';

/**
 * What a schema cannot say: that the parts of an environment fit its stack and each other (seed 002, P19). The first
 * thing that is wrong, with its place in the file that says so. Pure.
 */
export function lint(
  environment: Environment,
  health: HealthContract,
  document: Pick<JsonDocument, 'place'>,
): Failure | undefined {
  const at = (path: Path, key = false) => ({ place: document.place(path, key) });
  const { bootstrap, stack, secretsPolicy } = environment;
  const services = Object.keys(stack.services);
  for (const section of ['ports', 'image_pins'] as const) {
    const given = Object.keys(bootstrap[section]);
    const stranger = given.find((name) => !services.includes(name));
    if (stranger !== undefined) {
      return failure(
        'E_CONFIG_UNKNOWN_KEY',
        `${section} names "${stranger}", which is no service of the stack ${stack.name}${didYouMean(stranger, services)}`,
        at([section, stranger], true),
      );
    }
    const missing = services.find((name) => !given.includes(name));
    if (missing !== undefined) return failure('E_CONFIG_MISSING_KEY', `${section} has no "${missing}"`, at([section]));
  }
  const escaped = lintPaths(environment, document);
  if (escaped !== undefined) return escaped;
  const ports = Object.entries(bootstrap.ports);
  for (const [n, [name, port]] of ports.entries()) {
    const other = ports.slice(0, n).find(([, taken]) => taken === port);
    if (other !== undefined)
      return failure(
        'E_CONFIG_INVALID_VALUE',
        `ports: ${name} and ${other[0]} are both given ${port}`,
        at(['ports', name]),
      );
  }
  const names = ['probe'];
  for (const [n, source] of bootstrap.sources.entries()) {
    if (names.includes(source.name)) {
      const why = source.name === 'probe' ? 'is the name of the proof’s own source' : 'is given to two sources';
      return failure('E_CONFIG_INVALID_VALUE', `sources: "${source.name}" ${why}`, at(['sources', n, 'name']));
    }
    names.push(source.name);
  }
  const folder = `${environment.paths.stacks_dir}/${bootstrap.stack}`;
  for (const { name, expression } of secretsPolicy.redaction) {
    const compiled = compileRe2(expression);
    if (compiled.ok) continue;
    return failure(
      'E_CONFIG_INVALID_VALUE',
      `the redaction rule ${name} of the stack ${stack.name}: ${compiled.failure.message}`,
      { place: { file: `${folder}/secrets_policy.json` } },
    );
  }
  const asked = [
    ...health.endpoints.map((e) => e.service),
    ...Object.values(health.apis).map((a) => a.service),
    stack.probe.store,
    stack.probe.collector,
  ];
  const unknown = asked.find((name) => !services.includes(name));
  if (unknown !== undefined)
    return failure(
      'E_CONFIG_INVALID_VALUE',
      `the stack ${stack.name} speaks of a service "${unknown}" that it does not have${didYouMean(unknown, services)}`,
      { place: { file: folder } },
    );
  return circle(stack.services, { file: `${folder}/stack.json` });
}

function circle(services: Environment['stack']['services'], place: Place): Failure | undefined {
  const visit = (name: string, above: readonly string[]): Failure | undefined => {
    if (above.includes(name))
      return failure(
        'E_CONFIG_CYCLE',
        `services wait for each other: ${[...above.slice(above.indexOf(name)), name].join(' -> ')}`,
        { place },
      );
    const service = services[name];
    if (service === undefined)
      return failure(
        'E_CONFIG_INVALID_VALUE',
        `${above.at(-1)} starts after "${name}", which is no service${didYouMean(name, Object.keys(services))}`,
        { place },
      );
    for (const before of service.after) {
      const found = visit(before, [...above, name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
