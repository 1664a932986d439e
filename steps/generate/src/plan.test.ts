import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Bootstrap, Environment } from '@plumbline/contracts';
import { artifact as artifactValidator } from '@plumbline/contracts/validators';
import { type Block, blockName, buildGraph, type Expression, evaluate, parseAlloy } from '@plumbline/formats/alloy';
import { parseCompose } from '@plumbline/formats/compose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demoEnvironment, stackTemplates } from '../../../tests/support/environment.ts';
import { type Generated, plan } from './plan.ts';

const golden = join(import.meta.dirname, 'golden');

const fixture = demoEnvironment({
  compose_project_name: 'fixture',
  labels: { env: 'fixture', team: 'a "quoted" team' },
  sources: [
    { name: 'absolute', root: '/var/log', patterns: ['*.log', 'a\\b/*.log'], labels: { job: 'one' } },
    { name: 'relative', root: 'out/runs', patterns: ['*.jsonl'], labels: { job: 'two' }, filename_label: false },
  ],
});

function generate(config: Environment, templates = stackTemplates()): Generated {
  const generated = plan(config, templates);
  if (!generated.ok) throw new Error(generated.failure.message);
  return generated.value;
}

function problem(config: Environment, templates = stackTemplates()): string {
  const generated = plan(config, templates);
  if (generated.ok) return 'accepted';
  const { code, message, place } = generated.failure;
  return `${code} ${[place?.file, place?.line].filter((part) => part !== undefined).join(':')} ${message}`;
}

/** The stack's templates, one of them changed. */
function changed(name: string, change: (text: string) => string): ReadonlyMap<string, string> {
  const templates = new Map(stackTemplates());
  templates.set(name, change(templates.get(name) as string));
  return templates;
}

const withSource = (source: Partial<Bootstrap['sources'][number]>, path_map = fixture.bootstrap.path_map) => ({
  ...fixture,
  bootstrap: {
    ...fixture.bootstrap,
    path_map,
    sources: [{ name: 's', root: '/s', patterns: ['*'], labels: { job: 's' }, ...source }] as Bootstrap['sources'],
  },
});

describe('plan of generate', () => {
  const { artifact, files } = generate(fixture);
  const rendered = new Map([...files, ['artifact.txt', `${JSON.stringify(artifact, null, 2)}\n`]]);

  // PLUMBLINE_GOLDEN=write writes them anew.
  it.each([...rendered])('must render %s as the golden file has it', (path, text) => {
    const file = join(golden, path);
    if (process.env.PLUMBLINE_GOLDEN === 'write') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('must describe it by an artifact that fits its schema and names no path of the host', () => {
    expect(artifactValidator(artifact)).toBe(true);
    expect([...rendered.values()].join('')).not.toContain('/repo');
  });

  it('must give the same generation for every order of keys', () => {
    const turn = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turn);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, turn(item)]),
      );
    };
    const { generation } = generate({ ...fixture, bootstrap: turn(fixture.bootstrap) as Bootstrap }).artifact;
    expect(generation).toBe(artifact.generation);
  });

  it('must give another generation, store and service hash to the service whose template changes, and to no other', () => {
    const after = generate(
      fixture,
      changed('loki/loki.yml.j2', (text) => `${text}# more\n`),
    ).artifact;
    expect(after.generation).not.toBe(artifact.generation);
    expect(after.services.loki?.store).not.toBe(artifact.services.loki?.store);
    expect(after.services.loki?.service_hash).not.toBe(artifact.services.loki?.service_hash);
    expect(after.services.alloy).toEqual(artifact.services.alloy);
  });

  it('must give another service hash, and no other store, to a service that only compose.yml changes', () => {
    const bootstrap = { ...fixture.bootstrap, ports: { ...fixture.bootstrap.ports, loki: 13200 } };
    const after = generate({ ...fixture, bootstrap }).artifact;
    expect(after.services.loki?.service_hash).not.toBe(artifact.services.loki?.service_hash);
    expect(after.services.loki?.store).toBe(artifact.services.loki?.store);
    expect(after.services.alloy).toEqual(artifact.services.alloy);
  });

  it.each([
    ['out/deploy/x', '/var/log', '/var/log'],
    ['out/deploy/x', 'out/runs', '../../runs'],
    ['out/deploy/x', 'logs/a', '../../../logs/a'],
    ['./out/../out/deploy/x/', '../logs', '../../../../logs'],
    ['out/deploy', 'out/deploy/logs', 'logs'],
    ['/srv/deploy', 'out/runs', '/repo/out/runs'],
    ['../deploy', 'out/runs', '/repo/out/runs'],
  ])('must mount, below the deploy root %s, the source %s from %s', (deploy_root, root, expected) => {
    const config = withSource({ root }, { ...fixture.bootstrap.path_map, deploy_root });
    const compose = parseCompose(generate(config).files.get('compose.yml') as string, 'c');
    const mounts = compose.ok ? (compose.value.services.alloy?.volumes ?? []) : [];
    expect(mounts.find((mount) => mount.target === '/sources/s')?.source).toBe(expected);
  });

  it('must take a project name that YAML would read as a number', () => {
    expect(problem({ ...fixture, bootstrap: { ...fixture.bootstrap, compose_project_name: '123' } })).toBe('accepted');
  });

  it.each([
    ['loki/loki.yml.j2', 'replication_factor: 1', 'replication_factor: {{ nope }}', 'TEMPLATE loki/loki.yml.j2:18'],
    ['loki/loki.yml.j2', 'replication_factor: 1', 'replication_factor: [', 'SERVICE_INVALID loki/loki.yml:'],
    ['alloy/config.alloy.j2', '"redact" {', '"redact" {{ "{{" | safe }}', 'SERVICE_INVALID alloy/config.alloy:'],
    ['alloy/config.alloy.j2', 'loki.process.redact.receiver', 'loki.process.typo.receiver', 'SERVICE_INVALID alloy/'],
    ['compose.yml.j2', '    restart: unless-stopped', '    privileged: true', 'COMPOSE_UNSUPPORTED compose.yml:7'],
    [
      'compose.yml.j2',
      '  alloy:\n    image',
      '  other:\n    image',
      'TEMPLATE compose.yml.j2 the compose template has no',
    ],
  ])('must refuse %s with %j -> %j', (name, from, to, expected) => {
    expect(stackTemplates().get(name)).toContain(from);
    expect(
      problem(
        fixture,
        changed(name, (text) => text.replace(from, to)),
      ),
    ).toContain(`E_CONFIG_${expected}`);
  });

  it('must refuse a template that renders to nothing, and one that is not there', () => {
    expect(
      problem(
        fixture,
        changed('loki/loki.yml.j2', () => ' \n'),
      ),
    ).toContain('renders to nothing');
    const templates = new Map(stackTemplates());
    templates.delete('loki/loki.yml.j2');
    expect(problem(fixture, templates)).toContain('E_CONFIG_TEMPLATE loki/loki.yml.j2 template not found');
  });
});

describe('what a user writes', () => {
  const blocksOf = (config: Environment): readonly Block[] => {
    const parsed = parseAlloy(generate(config).files.get('alloy/config.alloy') as string, 'a');
    if (!parsed.ok || !buildGraph(parsed.value).ok) throw new Error('it does not parse');
    return parsed.value.body.filter((statement) => statement.kind === 'block');
  };
  const names = (config: Environment) => blocksOf(config).map((block) => `${blockName(block)} ${block.label ?? ''}`);
  const attribute = (block: Block | undefined, name: string): Expression => {
    const found = block?.body.find((statement) => statement.kind === 'attribute' && statement.name === name);
    if (found?.kind !== 'attribute') throw new Error(`no ${name}`);
    return found.value;
  };
  const hostile = fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '`', '$', '{', '}', '/', '*', 'a', '"}', '//', '\n}\n', '{{', '%}'),
    minLength: 1,
  });

  it('must reach the collector as it is and add nothing to its configuration', () => {
    const harmless = names(withSource({}));
    fc.assert(
      fc.property(hostile, hostile, hostile, (pattern, label, root) => {
        const config = withSource({ root: `/${root}`, patterns: [pattern], labels: { job: label } });
        expect(names(config)).toEqual(harmless);
        const match = blocksOf(config).find((block) => block.label === 's');
        const targets = evaluate(attribute(match, 'path_targets'), { file: 'a', names: new Map() });
        expect(targets).toEqual({
          ok: true,
          value: [
            new Map([
              ['__path__', `/sources/s/${pattern}`],
              ['job', label],
            ]),
          ],
        });
        const compose = parseCompose(generate(config).files.get('compose.yml') as string, 'c');
        expect(compose.ok && compose.value.services.alloy?.volumes.some((v) => v.source === `/${root}`)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
