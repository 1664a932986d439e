import { describe, expect, it } from 'vitest';
import { makeSummary } from '../../../tests/support/summary.ts';
import { table } from './output.ts';
import { summaryForPeople } from './summary-for-people.ts';

describe('table', () => {
  it('must make columns as wide as their widest cell, and none behind the last', () => {
    expect(
      table([
        ['a', 'bb', 'c'],
        ['long', 'x', 'the last'],
      ]),
    ).toBe('a     bb  c\nlong  x   the last');
  });
});

describe('summaryForPeople', () => {
  it('must say how the run ended first, and leave out what there is not', () => {
    expect(summaryForPeople(makeSummary())).toBe(
      [
        'green: up demo, 2.5 s, exit 0, run 2026-03-01T12-00-00Z_01',
        '',
        '  step   status  what it says',
        '  apply  pass    started loki',
      ].join('\n'),
    );
  });

  it('must end with the head of the chain, where the run has just been recorded', () => {
    const text = summaryForPeople(makeSummary({ next: ['n'] }), `0123456789abcdef${'0'.repeat(48)}`);
    expect(text.split('\n').slice(-4)).toEqual(['next:', '  n', '', 'record: 0123456789ab, the head of runs.jsonl']);
  });

  it('must write each error with its place, its hint and the page about its code, where there is one, and what was proved', () => {
    const error = { code: 'E_CONFIG_PARSE', bucket: 'config', message: 'm', hint: 'h' };
    const samples = [{ stream: '{job="a"}', at: 't', line: 'the line' }];
    const text = summaryForPeople(
      makeSummary({
        errors: [
          { ...error, place: 'f:1:2' },
          { ...error, code: 'E_OWN' },
        ],
        proved: ['p'],
        samples,
        next: ['n'],
      }),
    );
    expect(text.split('\n').slice(4)).toEqual([
      '',
      'errors:',
      '  E_CONFIG_PARSE (config): m',
      '    at f:1:2',
      '    hint: h',
      '    docs: docs/errors/config.md#e_config_parse',
      '  E_OWN (config): m',
      '    hint: h',
      '',
      'proved:',
      '  p',
      '',
      'lines found by query:',
      '  {job="a"}',
      '    t  the line',
      '',
      'next:',
      '  n',
    ]);
  });

  it('must say of stand-ins what they are, and of their supervisor only where there is one', () => {
    const embedded = summaryForPeople(makeSummary({ stand_ins: ['loki', 'alloy'] }));
    expect(embedded).toContain("only a stand-in:\n  loki and alloy: Plumbline's own programs");
    expect(embedded).toContain('supervisor process');
    expect(summaryForPeople(makeSummary({ stand_ins: ['loki'], engine: 'docker' }))).not.toContain(
      'supervisor process',
    );
    expect(summaryForPeople(makeSummary())).not.toContain('stand-in');
  });
});
