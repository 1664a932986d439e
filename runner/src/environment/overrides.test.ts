import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { type Given, overridesOf, withOverrides } from './overrides.ts';
import { settingsOf, variableOf } from './settings.ts';

const { bootstrap } = demoEnvironment();
const place = () => ({ file: 'f.json', line: 1, column: 1 });

function effective(given: Partial<Given>): { value: typeof bootstrap; at(path: string): string | undefined } {
  const found = overridesOf(bootstrap, { variables: {}, flags: [], ...given });
  if (!found.ok) throw new Error(found.failure.message);
  const document = withOverrides({ value: bootstrap, place }, found.value);
  return { value: document.value as typeof bootstrap, at: (path) => document.place(path.split('.')).file };
}

function problem(given: Partial<Given>): string {
  const found = overridesOf(bootstrap, { variables: {}, flags: [], ...given });
  return found.ok ? 'accepted' : `${found.failure.code} ${found.failure.place?.file} ${found.failure.message}`;
}

describe('overrides', () => {
  it('must let a flag win over a variable, a variable over the file, and leave the rest to the file', () => {
    const both = effective({
      variables: {
        PLUMBLINE_EXECUTION_MODE: 'diagnose',
        PLUMBLINE_PORTS__HOST_MONITOR: '9100',
        PLUMBLINE_ENV: 'x',
        PATH: '/bin',
      },
      flags: ['execution_mode=repair', 'ports.loki=1', 'ports.loki=2', 'labels.team=a=b'],
    });
    expect(both.value).toEqual({
      ...bootstrap,
      execution_mode: 'repair',
      ports: { ...bootstrap.ports, 'host-monitor': 9100, loki: 2 },
      labels: { ...bootstrap.labels, team: 'a=b' },
    });
    expect(both.at('execution_mode')).toBe('--set execution_mode');
    expect(both.at('ports.host-monitor')).toBe('PLUMBLINE_PORTS__HOST_MONITOR');
    expect(both.at('ports.alloy')).toBe('f.json');
  });

  it('must set by either every setting that there is, also one that no file names, and items of lists', () => {
    for (const { path, type } of settingsOf(bootstrap)) {
      const text = { integer: '7', boolean: 'true', text: 'x' }[type];
      const value = { integer: 7, boolean: true, text: 'x' }[type];
      const byFlag = effective({ flags: [`${path.join('.')}=${text}`] });
      const byVariable = effective({ variables: { [variableOf(path)]: text } });
      expect(byVariable.value).toEqual(byFlag.value);
      expect(path.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], byFlag.value)).toBe(value);
    }
    const names = settingsOf(bootstrap).map(({ path }) => variableOf(path));
    expect(names).toContain('PLUMBLINE_PATH_MAP__DEPLOY_ROOT');
    expect(names).toContain('PLUMBLINE_CHECKS__JOURNAL');
    expect(names).toContain('PLUMBLINE_SOURCES__1__PATTERNS__0');
  });

  it('must keep text that does not fit its type, for the schema to refuse', () => {
    expect(effective({ flags: ['ports.loki=abc'] }).value.ports.loki).toBe('abc');
    expect(effective({ variables: { PLUMBLINE_CHECKS__JOURNAL: 'yes' } }).value.checks?.journal).toBe('yes');
  });

  it.each([
    [
      'PLUMBLINE_EXECUTON_MODE',
      'the variable PLUMBLINE_EXECUTON_MODE is no setting; did you mean "PLUMBLINE_EXECUTION_MODE"?',
    ],
    ['PLUMBLINE_PORTS__LOKKI', 'did you mean "PLUMBLINE_PORTS__LOKI"?'],
    ['PLUMBLINE_PORTS', 'the variable PLUMBLINE_PORTS is no setting'],
    ['PLUMBLINE_SCHEMA_VERSION', 'the variable PLUMBLINE_SCHEMA_VERSION is no setting'],
  ])('must refuse the variable %s', (name, expected) => {
    const said = problem({ variables: { [name]: '1' } });
    expect(said).toContain(`E_CONFIG_UNKNOWN_KEY ${name} `);
    expect(said).toContain(expected);
  });

  it('must refuse a variable that two settings share, and take both by flag', () => {
    const labels = { ...bootstrap.labels, 'a-b': 'x', a_b: 'y' };
    const found = overridesOf({ ...bootstrap, labels }, { variables: { PLUMBLINE_LABELS__A_B: 'z' }, flags: [] });
    expect(found).toMatchObject({ failure: { message: expect.stringContaining('could be labels.a-b or labels.a_b') } });
    expect(overridesOf({ ...bootstrap, labels }, { variables: {}, flags: ['labels.a-b=z'] }).ok).toBe(true);
  });

  it.each([
    ['ports', 'E_CONFIG_USAGE undefined --set ports: expected path=value'],
    ['=1', 'E_CONFIG_USAGE'],
    [
      'prots.loki=1',
      'E_CONFIG_UNKNOWN_KEY --set prots.loki --set prots.loki: "prots.loki" is no setting; did you mean "ports.loki"?',
    ],
    [
      'ports=1',
      'E_CONFIG_UNKNOWN_KEY --set ports --set ports: "ports" is no single value; name one below it, as ports.loki',
    ],
    ['sources.2.root=/x', 'E_CONFIG_UNKNOWN_KEY'],
    ['path_map.dploy_root=x', 'did you mean "path_map.deploy_root"?'],
    ['extends=demo', 'E_CONFIG_UNKNOWN_KEY'],
    ['__proto__.x=1', 'E_CONFIG_UNKNOWN_KEY'],
  ])('must refuse --set %s', (pair, expected) => {
    expect(problem({ flags: [pair] })).toContain(expected);
  });
});
