import { failure, ok, type Result, type RuntimeFacts } from '../../contracts/src/index.ts';

/** Why a fact was not told. */
export const untold: Result<never> = {
  ok: false,
  failure: failure('E_RUNTIME_ENGINE_UNREACHABLE', 'the Docker daemon does not answer'),
};

/** A runtime that meets what the shipped stack requires, changed as a test needs it. */
export function runtimeFacts(change: Partial<RuntimeFacts> = {}): RuntimeFacts {
  return {
    engine: ok('docker'),
    engineVersion: ok('20.10.24+dfsg1'),
    apiVersion: ok('1.41'),
    composeVersion: ok('v2.26.1-4'),
    kernel: ok('6.1.0-18-amd64'),
    architecture: ok('amd64'),
    memory: ok(8 * 2 ** 30),
    features: { cgroup: ok(true), host_binds: ok(true), host_proc: ok(true) },
    ...change,
  };
}
