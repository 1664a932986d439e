import { canonicalJson, sha256 } from './canonical.ts';
import { failure } from './failure.ts';
import type { Artifact, Bootstrap, HealthContract, SecretsPolicy, Stack } from './generated/types.ts';
import { healthContract, secretsPolicy, stack } from './generated/validators.js';
import { contractName } from './paths.ts';
import { err, ok, type Result } from './result.ts';
import type { Environment, StepContext } from './step.ts';

/** Where it stands in the payload of an artifact. */
export const KEPT_ENVIRONMENT = contractName('payload', 'environment');

/** What of an environment's file an artifact is deployed and proved by. No path of the host is among it. */
type Kept = Pick<
  Bootstrap,
  'compose_project_name' | 'bind_address' | 'ports' | 'image_pins' | 'labels' | 'sources' | 'limits'
>;

/**
 * environment.json of an artifact: where its services listen and by what they are judged. It goes with the artifact, so
 * that a generation that is gone back to is judged by its own contract, and not by the one of what failed.
 */
export interface KeptEnvironment {
  readonly schema_version: '1';
  readonly bootstrap: Kept;
  readonly stack: Stack;
  readonly secrets_policy: SecretsPolicy;
  readonly health_contract: HealthContract;
}

/** The text of environment.json: the same for every order of keys. Pure. */
export function keptEnvironmentText({ bootstrap, stack, secretsPolicy, healthContract }: Environment): string {
  const { compose_project_name, bind_address, ports, image_pins, labels, sources, limits } = bootstrap;
  const own = { compose_project_name, bind_address, ports, image_pins, labels, sources, limits };
  const kept = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as unknown as Kept;
  const whole: KeptEnvironment = {
    schema_version: '1',
    bootstrap: kept,
    stack,
    secrets_policy: secretsPolicy,
    health_contract: healthContract,
  };
  return `${canonicalJson(whole)}\n`;
}

/** The optional keys of what is kept. */
const NOT_SAID = { bind_address: undefined, limits: undefined };

function parse(bytes: Uint8Array): KeptEnvironment | undefined {
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes)) as Partial<KeptEnvironment> | null;
    const whole =
      kept?.schema_version === '1' &&
      typeof kept.bootstrap?.ports === 'object' &&
      Array.isArray(kept.bootstrap.sources) &&
      stack(kept.stack) &&
      secretsPolicy(kept.secrets_policy) &&
      healthContract(kept.health_contract);
    return whole ? (kept as KeptEnvironment) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A step's context as it is for one artifact: its environment and its health contract are those that the artifact was
 * made with. `bytes` are of its environment.json, undefined where it has none: then nothing is changed. Bytes that the
 * artifact does not name are E_PROOF_ARTIFACT_MISMATCH. Pure.
 */
export function underArtifact<T extends Pick<StepContext, 'config' | 'ports'>>(
  context: T,
  artifact: Artifact,
  bytes: Uint8Array | undefined,
): Result<T> {
  const named = artifact.files.find((file) => file.path === KEPT_ENVIRONMENT);
  if (named === undefined) return ok(context);
  const mismatch = (message: string) => err(failure('E_PROOF_ARTIFACT_MISMATCH', message));
  if (bytes === undefined || sha256(bytes) !== named.sha256)
    return mismatch(`${KEPT_ENVIRONMENT} is not the file that the artifact names`);
  const kept = parse(bytes);
  if (kept === undefined) return mismatch(`${KEPT_ENVIRONMENT} is none that this version of Plumbline understands`);
  const { config, ports } = context;
  return ok({
    ...context,
    config: {
      ...config,
      // What it did not say then is not what is said now.
      bootstrap: { ...config.bootstrap, ...NOT_SAID, ...kept.bootstrap } as Bootstrap,
      stack: kept.stack,
      secretsPolicy: kept.secrets_policy,
      healthContract: kept.health_contract,
    },
    ports: { ...ports, health: ports.health.under(kept.health_contract, kept.bootstrap) },
  });
}
