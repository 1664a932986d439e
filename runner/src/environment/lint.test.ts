import type { Environment, HealthContract } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import { describe, expect, it } from 'vitest';
import { demoEnvironment, healthContract } from '../../../tests/support/environment.ts';
import { lint } from './lint.ts';

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };
type Parts = { environment: Mutable<Environment>; health: Mutable<HealthContract> };

/** Lints the demo environment after a change, written as people write it: two spaces, one key a line. */
function problem(change: (parts: Parts) => void = () => undefined): string {
  const parts = structuredClone({ environment: demoEnvironment(), health: healthContract() }) as Parts;
  change(parts);
  const { environment, health } = parts as { environment: Environment; health: HealthContract };
  const text = JSON.stringify(environment.bootstrap, null, 2);
  const document = parseJson(text, environment.file);
  if (!document.ok) throw new Error(document.failure.message);
  const found = lint(environment, health, document.value);
  if (found === undefined) return 'accepted';
  const { file, line, column } = found.place ?? {};
  const seen = line === undefined ? '' : text.split('\n')[line - 1]?.slice((column ?? 1) - 1);
  return `${found.code} ${file?.split('/').slice(-1)} <${seen}> ${found.message}`;
}

describe('lint', () => {
  it('must accept an environment whose parts fit', () => {
    expect(problem()).toBe('accepted');
  });

  const refused: readonly (readonly [string, (parts: Parts) => void, string])[] = [
    [
      'a port of a service that the stack does not have',
      ({ environment: e }) => void (e.bootstrap.ports.lokii = 5000),
      'E_CONFIG_UNKNOWN_KEY bootstrap.demo.json <"lokii": 5000> ports names "lokii", which is no service of the stack observability; did you mean "loki"?',
    ],
    [
      'a pin of a service that the stack does not have',
      ({ environment: e }) => void (e.bootstrap.image_pins.tempo = 'x:1'),
      'E_CONFIG_UNKNOWN_KEY bootstrap.demo.json <"tempo": "x:1"> image_pins names "tempo"',
    ],
    [
      'a service without a port',
      ({ environment: e }) => void delete e.bootstrap.ports.alloy,
      'E_CONFIG_MISSING_KEY bootstrap.demo.json <{> ports has no "alloy"',
    ],
    [
      'a service without a pin',
      ({ environment: e }) => void delete e.bootstrap.image_pins.loki,
      'E_CONFIG_MISSING_KEY bootstrap.demo.json <{> image_pins has no "loki"',
    ],
    [
      'one port for two services',
      ({ environment: e }) => void (e.bootstrap.ports.alloy = e.bootstrap.ports.loki as number),
      'E_CONFIG_INVALID_VALUE bootstrap.demo.json <13100,> ports: alloy and loki are both given 13100',
    ],
    [
      'one name for two sources',
      ({ environment: e }) => void ((e.bootstrap.sources[1] as { name: string }).name = 'varlog'),
      'E_CONFIG_INVALID_VALUE bootstrap.demo.json <"varlog",> sources: "varlog" is given to two sources',
    ],
    [
      "a source with the name of the proof's own",
      ({ environment: e }) => void (e.bootstrap.sources[0].name = 'probe'),
      'E_CONFIG_INVALID_VALUE bootstrap.demo.json <"probe",> sources: "probe" is the name of the proof’s own source',
    ],
    [
      'a redaction rule that is no regular expression',
      ({ environment: e }) => void (e.secretsPolicy.redaction[1]!.expression = '(a'),
      'E_CONFIG_INVALID_VALUE secrets_policy.json <> the redaction rule assignment of the stack observability: error parsing regexp',
    ],
    [
      'a redaction rule that JavaScript would take and the collector would not',
      ({ environment: e }) => void (e.secretsPolicy.redaction[1]!.expression = 'a(?=b)'),
      'E_CONFIG_INVALID_VALUE secrets_policy.json <>',
    ],
    [
      'an endpoint of a service that the stack does not have',
      ({ health }) => void (health.endpoints[0].service = 'allloy'),
      'E_CONFIG_INVALID_VALUE observability <> the stack observability speaks of a service "allloy" that it does not have; did you mean "alloy"?',
    ],
    [
      'an API of a service that the stack does not have',
      ({ health }) => void (health.apis.query_range!.service = 'x'),
      'the stack observability speaks of a service "x"',
    ],
    [
      'a store that the stack does not have',
      ({ environment: e }) => void (e.stack.probe.store = 'x'),
      'the stack observability speaks of a service "x"',
    ],
    [
      'services that wait for each other',
      ({ environment: e }) => void e.stack.services.loki?.after.push('alloy'),
      'E_CONFIG_CYCLE stack.json <> services wait for each other: loki -> alloy -> loki',
    ],
    [
      'a service that waits for itself',
      ({ environment: e }) => void e.stack.services.loki?.after.push('loki'),
      'E_CONFIG_CYCLE stack.json <> services wait for each other: loki -> loki',
    ],
    [
      'a service that waits for none of the stack',
      ({ environment: e }) => void e.stack.services.loki?.after.push('aloy'),
      'E_CONFIG_INVALID_VALUE stack.json <> loki starts after "aloy", which is no service; did you mean "alloy"?',
    ],
  ];
  it.each(refused)('must refuse %s', (_, change, expected) => {
    expect(problem(change)).toContain(expected);
  });

  it('must accept what RE2 has and JavaScript has not', () => {
    const expression = '(?P<key>token)=(?i:[a-z]+)\\z';
    expect(problem(({ environment: e }) => void (e.secretsPolicy.redaction[0].expression = expression))).toBe(
      'accepted',
    );
  });
});
