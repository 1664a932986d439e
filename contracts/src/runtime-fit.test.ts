import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../tests/support/environment.ts';
import { runtimeFacts, untold } from '../../tests/support/runtime.ts';
import type { RuntimeFacts } from './engine-port.ts';
import { ok } from './result.ts';
import { judgeRuntime, type RuntimeRequirements } from './runtime-fit.ts';

const shipped = demoEnvironment().stack.requirements as RuntimeRequirements;
const features = runtimeFacts().features;

/** Requirement, a stack that asks for more, a runtime that has too little, one that does not tell, and what was found. */
const each: readonly (readonly [string, Partial<RuntimeRequirements>, Partial<RuntimeFacts>, Partial<RuntimeFacts>])[] =
  [
    ['engine', { engine: 'podman' }, { engine: ok('podman') }, { engine: untold }],
    [
      'min_engine_version',
      { min_engine_version: '20.10.25' },
      { engineVersion: ok('20.9.9') },
      { engineVersion: ok('a build of mine') },
    ],
    ['min_api_version', { min_api_version: '1.42' }, { apiVersion: ok('1.40') }, { apiVersion: untold }],
    [
      'min_compose_version',
      { min_compose_version: '2.27' },
      { composeVersion: ok('2.19.9') },
      { composeVersion: untold },
    ],
    ['min_kernel', { min_kernel: '6.2' }, { kernel: ok('3.10.0-1160.el7') }, { kernel: untold }],
    ['architectures', { architectures: ['arm64'] }, { architecture: ok('riscv64') }, { architecture: untold }],
    ['min_memory_mb', { min_memory_mb: 8193 }, { memory: ok(1024 * 2 ** 20 - 1) }, { memory: untold }],
    [
      'features.cgroup',
      {},
      { features: { ...features, cgroup: ok(false) } },
      { features: { ...features, cgroup: untold } },
    ],
    [
      'features.host_binds',
      {},
      { features: { ...features, host_binds: ok(false) } },
      { features: { ...features, host_binds: untold } },
    ],
    [
      'features.host_proc',
      {},
      { features: { ...features, host_proc: ok(false) } },
      { features: { ...features, host_proc: untold } },
    ],
  ];

/** The requirements that do not hold, each with its verdict. */
function wrong(wanted: Partial<RuntimeRequirements>, facts: Partial<RuntimeFacts>, policy?: 'strict' | 'warn') {
  const fit = judgeRuntime({ ...shipped, ...wanted }, runtimeFacts(facts), policy);
  const found = fit.findings.filter(({ verdict }) => verdict !== 'pass');
  expect(fit.verdict).toBe(found[0]?.verdict ?? 'pass');
  return [...found.map(({ requirement, verdict }) => `${requirement} ${verdict}`), fit.failure?.code ?? 'no failure'];
}

describe('judgeRuntime', () => {
  it('must accept a runtime that is what the shipped stack requires', () => {
    expect(wrong({}, {})).toEqual(['no failure']);
    expect(judgeRuntime(shipped, runtimeFacts()).findings.map(({ requirement }) => requirement)).toEqual(
      each.map(([name]) => name),
    );
  });

  it.each(each.filter(([, more]) => Object.keys(more).length > 0))(
    'must refuse a stack that asks for more of %s, and warn where that is the policy',
    (name, more) => {
      const warned = name === 'engine' ? 'fail' : 'warn';
      expect(wrong(more, {})).toEqual([`${name} fail`, 'E_RUNTIME_INCOMPATIBLE']);
      expect(wrong(more, {}, 'warn')).toEqual([`${name} ${warned}`, 'E_RUNTIME_INCOMPATIBLE']);
    },
  );

  it.each(each)(
    'must refuse a runtime that has too little of %s, and say what was wanted and found',
    (name, _, less) => {
      expect(wrong({}, less)).toEqual([`${name} fail`, 'E_RUNTIME_INCOMPATIBLE']);
      const { failure } = judgeRuntime(shipped, runtimeFacts(less));
      expect(failure?.message).toMatch(new RegExp(`${name}: .+ is wanted, .+ was found$`));
    },
  );

  it.each(each)(
    'must not let a runtime pass that does not tell %s, and only warn where that is the policy',
    (name, _, __, silent) => {
      const code = name === 'min_engine_version' ? 'E_RUNTIME_INCOMPATIBLE' : 'E_RUNTIME_ENGINE_UNREACHABLE';
      expect(wrong({}, silent)).toEqual([`${name} unknown`, code]);
      expect(wrong({}, silent, 'warn')).toEqual([`${name} warn`, code]);
    },
  );

  it.each([
    ['min_engine_version', { engineVersion: ok('19.03.15') }],
    ['min_api_version', { apiVersion: ok('0.9') }],
  ] as const)('must refuse a major of %s below under any policy', (name, facts) => {
    expect(wrong({}, facts, 'warn')).toEqual([`${name} fail`, 'E_RUNTIME_INCOMPATIBLE']);
  });

  it('must compare versions as numbers', () => {
    expect(wrong({ min_api_version: '1.9', min_kernel: '6.0.9', min_compose_version: '2.26.1' }, {})).toEqual([
      'no failure',
    ]);
  });

  it('must tell of what is known to be missing before what could not be told, and of all of it at once', () => {
    const { failure } = judgeRuntime(
      shipped,
      runtimeFacts({ apiVersion: ok('1.40'), architecture: ok('arm'), kernel: untold }),
    );
    expect(failure?.code).toBe('E_RUNTIME_INCOMPATIBLE');
    expect(failure?.message).toMatch(/min_api_version: .*; architectures: amd64 or arm64 is wanted, arm was found$/);
    expect(failure?.evidence?.untold).toEqual(['min_kernel: the Docker daemon does not answer']);
  });
});
