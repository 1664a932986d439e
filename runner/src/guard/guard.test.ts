import { createScrubber, executionModes, type Mode, type Ports } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, fakePorts } from '../../../tests/support/ports.ts';
import { createEmbeddedEngine } from '../adapters/embedded/engine.ts';
import { files as realFiles } from '../adapters/files.ts';
import { host } from '../adapters/host.ts';
import { createHttp } from '../adapters/http.ts';
import { guard } from './guard.ts';

const { deploy_root } = demoEnvironment().paths;
const bundle = '/repo/out/runs/r1';

/** Every method of every port as execution_modes.json lists it. */
const methods = Object.entries(executionModes.ports).flatMap(([port, table]) =>
  Object.entries(table).map(([method, effect]) => ({ port, method, effect, name: `${port}.${method}` })),
);
const changing = methods.filter((method) => method.effect !== 'observe');
const observing = methods.filter((method) => method.effect === 'observe');

/** Ports on which every method exists, keeps what it was asked, and answers; behind the guard. */
function recorded(mode: Mode, extra: Readonly<Record<string, readonly string[]>> = {}) {
  const calls: string[] = [];
  const ports: Record<string, Record<string, unknown>> = {};
  const add = (port: string, method: string) => {
    ports[port] ??= {};
    (ports[port] as Record<string, unknown>)[method] = (...args: unknown[]) => {
      calls.push(`${port}.${method} ${args.join(' ')}`);
      return 'made';
    };
  };
  for (const { port, method } of methods) add(port, method);
  for (const [port, names] of Object.entries(extra)) for (const name of names) add(port, name);
  const guarded = guard(ports as unknown as Ports, { mode, step: 'apply', roots: { bundle, deploy_root } });
  const table = guarded as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>;
  const call = (port: string, method: string, ...args: unknown[]): unknown => {
    const found = table[port]?.[method];
    if (found === undefined) throw new Error(`no ${port}.${method}`);
    return found(...args);
  };
  return { calls, call };
}

const violation = { ok: false, failure: { code: 'E_ENV_MODE_VIOLATION' } };

describe('the guard', () => {
  it.each(changing)('must refuse $name in diagnose, and nothing may happen', async ({ port, method, name }) => {
    const { calls, call } = recorded('diagnose');
    for (const argument of [`${deploy_root}/x`, '/etc/passwd', '/repo/config/x', `${bundle}/../other`, `${bundle}x`]) {
      const answer = await call(port, method, argument);
      expect(answer).toMatchObject(violation);
      expect(answer).toMatchObject({
        failure: { message: expect.stringContaining(name), evidence: { mode: 'diagnose' } },
      });
    }
    expect(calls).toEqual([]);
  });

  it.each(observing)('must let $name through in every mode', ({ port, method, name }) => {
    for (const mode of executionModes.order) {
      const { calls, call } = recorded(mode);
      expect(call(port, method, '/anywhere')).toBe('made');
      expect(calls).toEqual([`${name} /anywhere`]);
    }
  });

  it.each(changing)('must let $name through in apply, files below the deploy root and the bundle only', async (m) => {
    const { calls, call } = recorded('apply');
    expect(await call(m.port, m.method, `${deploy_root}/x`)).toBe('made');
    expect(calls).toHaveLength(1);
    if (m.effect !== 'write' && m.effect !== 'remove') return;
    for (const outside of [
      '/etc/passwd',
      `${deploy_root}/../../x`,
      `${deploy_root}x`,
      '/repo/config/bootstrap.demo.json',
    ])
      expect(await call(m.port, m.method, outside)).toMatchObject(violation);
    expect(calls).toHaveLength(1);
  });

  it('must let the bundle of the run be written in diagnose', async () => {
    const { call } = recorded('diagnose');
    expect(await call('files', 'write', `${bundle}/x.json`)).toBe('made');
    expect(await call('files', 'makeDirectory', bundle)).toBe('made');
  });

  it('must let repair write and replace, and neither stop everything nor remove', async () => {
    const { call } = recorded('repair');
    const made = await Promise.all(changing.map((m) => call(m.port, m.method, `${deploy_root}/x`)));
    const refused = changing.filter((_, n) => made[n] !== 'made').map((m) => m.effect);
    expect([...new Set(refused)].sort()).toEqual(['remove', 'stop_all']);
  });

  it('must refuse, in every mode, a method and a port that have no entry', async () => {
    for (const mode of executionModes.order) {
      const { calls, call } = recorded(mode, { files: ['truncate'], docker: ['prune'] });
      expect(await call('files', 'truncate', `${bundle}/x`)).toMatchObject(violation);
      expect(await call('docker', 'prune')).toMatchObject(violation);
      expect(calls).toEqual([]);
    }
  });

  it('must know every method of the adapters, and of the fakes that the tests use', () => {
    const all = {
      ...fakePorts(),
      files: realFiles,
      http: createHttp(createScrubber()),
      host,
      engine: createEmbeddedEngine('/nowhere'),
    };
    for (const [port, adapter] of [...Object.entries(all), ['engine', fakeEngine()] as const]) {
      const names = Object.entries(adapter).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
      const known = Object.keys(executionModes.ports[port] ?? {});
      expect(names.filter((name) => !known.includes(name) && name !== 'advance' && name !== 'text')).toEqual([]);
    }
  });

  it('must leave what is no method as it is', async () => {
    const engine = fakeEngine();
    const files = memoryFiles({ [`${bundle}/a`]: 'text' });
    const guarded = guard(fakePorts({ engine, files }), {
      mode: 'diagnose',
      step: 'apply',
      roots: { bundle, deploy_root },
    });
    expect(guarded.engine.name).toBe('fake');
    expect(guarded.host.uid).toBe(1000);
    expect(await guarded.files.readText(`${bundle}/a`)).toEqual({ ok: true, value: 'text' });
    expect(await guarded.engine.up('loki', 'compose.yml')).toMatchObject(violation);
    expect(engine.calls).toEqual([]);
  });
});
