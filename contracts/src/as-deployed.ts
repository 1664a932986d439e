import { generationFolder } from './deploy-root.ts';
import type { Artifact } from './generated/types.ts';
import { KEPT_ENVIRONMENT, underArtifact } from './kept-environment.ts';
import { within } from './paths.ts';
import { ok, type Result } from './result.ts';
import type { Input, StepContext } from './step.ts';

/**
 * The context of a proof: what is deployed is judged by the contract that it was deployed with, which stands with its
 * generation on the host. The environment as it is now may ask for other ports, rules and secrets.
 */
export async function asDeployed(context: StepContext): Promise<Result<StepContext>> {
  const artifact = (context.inputs.artifact as Input<Artifact>).data;
  if (!artifact.files.some((file) => file.path === KEPT_ENVIRONMENT)) return ok(context);
  const { generation, payload_dir } = artifact;
  const folder = generationFolder(context.config.paths.deploy_root, generation);
  const file = within(within(folder, payload_dir), KEPT_ENVIRONMENT);
  const bytes = await context.ports.files.read(file);
  return bytes.ok ? underArtifact(context, artifact, bytes.value) : bytes;
}
