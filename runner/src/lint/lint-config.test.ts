import { applyPatch } from '@plumbline/formats/json-patch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Loose, makeSubject, makeWorld, subjectOf } from '../../../tests/support/lint.ts';
import { lintCases as cases, type LintCase, listener } from '../../../tests/support/lint-cases.ts';
import { fix } from './fix.ts';
import { exitOf, lintConfig } from './lint-config.ts';
import { semanticRules } from './rules.ts';
import { schemaRules } from './schema.ts';

const worldOf = ({ world }: LintCase) => makeWorld(world);

describe('lintConfig', () => {
  it('must accept the environment that is shipped', () => {
    expect(lintConfig(makeSubject())).toEqual([]);
  });

  it('must have for each rule a configuration that it rejects', () => {
    const rules = [...schemaRules, ...semanticRules].map(({ id }) => id);
    expect([...new Set(cases.map(({ rule }) => rule))].sort()).toEqual(rules.sort());
  });

  it.each(cases)('must find by $rule: $what; and no more once its patch is applied', (one) => {
    const world = worldOf(one);
    const subject = makeSubject(one.change, world);
    const found = lintConfig(subject).filter(({ rule }) => rule === one.rule);
    expect(found[0]?.message).toMatch(one.says);
    expect(found[0]?.severity).toBe(one.severity ?? 'error');
    expect(found[0]?.place.file).toMatch(/^\/repo\/config/);
    expect(found.every(({ patch }) => (patch === undefined) === (one.unpatched ?? false))).toBe(true);
    if (one.unpatched) return;
    const mended = found.reduce((value, { patch }) => applyPatch(value, patch ?? []), subject.config as unknown);
    const after = lintConfig(subjectOf(JSON.stringify(mended), world));
    expect(after.filter(({ rule }) => rule !== 'placeholder')).toEqual([]);
  });

  it('must tell the line and column of each finding, in the order of the file', () => {
    const text = '{\n  "schema_version": "2",\n  "ports": { "loki": 80 },\n  "checks": { "journal": "no" }\n}';
    const places = lintConfig(subjectOf(text)).map(({ rule, place }) => `${rule} ${place.line}:${place.column}`);
    expect(places).toContain('port-range 3:22');
    expect(places).toContain('toggle-boolean 4:26');
    expect(places.filter((place) => place === 'missing-key 1:1').length).toBeGreaterThan(5);
    const lines = places.map((place) => Number(/(\d+):/.exec(place)?.[1]));
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  it('must say nothing of a file of another version but that, with the way to mend it', () => {
    const [only, ...more] = lintConfig(makeSubject((c) => Object.assign(c, { schema_version: '1', stack: 7 })));
    expect(only).toMatchObject({ rule: 'schema-version', code: 'E_CONFIG_SCHEMA_VERSION' });
    expect(only?.hint).toContain('config migrate');
    expect(more).toEqual([]);
  });

  it("must not count the ports of the configuration's own services as taken, nor those of another address", () => {
    const elsewhere = { host: '10.0.0.1', port: 12345 };
    const world = makeWorld({ listeners: [listener, elsewhere], own: new Set([13100]) });
    expect(lintConfig(makeSubject(undefined, world))).toEqual([]);
  });

  it('must end with 0, 1 or 2 as it found nothing, warnings only, or an error', () => {
    const exit = (change: (c: Loose) => unknown) => exitOf(lintConfig(makeSubject(change)));
    expect(exit(() => undefined)).toBe(0);
    expect(exit((c) => (c.compose_project_name = 'a_b'))).toBe(1);
    expect(exit((c) => Object.assign(c, { compose_project_name: 'a_b', engine: '' }))).toBe(2);
  });
});

describe('fix', () => {
  it('must leave of many faults at once only those that no patch can mend', () => {
    const changes = cases.filter(({ rule, world }) => rule !== 'schema-version' && world === undefined);
    fc.assert(
      fc.property(fc.shuffledSubarray([...changes]), (chosen) => {
        const subject = makeSubject((config) => {
          for (const { change } of chosen) {
            // One change may have removed what another would change.
            try {
              change(config);
            } catch {}
          }
        });
        const fixed = fix(subject, 'all');
        expect(fixed.ok && fixed.value.left.filter(({ patch }) => patch !== undefined)).toEqual([]);
        const rules = new Set(fixed.ok ? fixed.value.left.map(({ rule }) => rule) : []);
        expect([...rules].filter((rule) => rule !== 'placeholder')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('must mend what is asked for and nothing else, and keep comments', () => {
    const text = JSON.stringify(
      makeSubject((c) => Object.assign(c, { ports: { ...c.ports, loki: 80 }, limits: { retention: '1h' } })).config,
      null,
      2,
    );
    const subject = subjectOf(text.replace('"loki": 80,', '"loki": 80, // the store'));
    const fixed = fix(subject, new Set(['port-range']));
    expect(fixed.ok && fixed.value.subject.text).toBe(subject.text.replace('80, // the', '13100, // the'));
    expect(fixed.ok && fixed.value.left.map(({ rule }) => rule)).toEqual(['retention']);
  });

  it('must keep the value of a service whose name is misspelt', () => {
    const fixed = fix(
      makeSubject((c) => Object.assign(c.ports, { lokki: 5000, loki: undefined })),
      'all',
    );
    expect(fixed.ok && fixed.value.subject.config.ports).toMatchObject({ loki: 5000 });
  });
});
