import { type EnginePort, err, failure, ok, type Result } from '@plumbline/contracts';

/**
 * Refuses to run a project from a second deploy root: E_ENV_PROJECT_ELSEWHERE names the one that it runs from. Two roots
 * would each take the other's services for drift. Nothing to say on an engine that cannot tell.
 */
export async function checkElsewhere(
  project: string,
  deployRoot: string,
  engine: Pick<EnginePort, 'roots'>,
): Promise<Result<void>> {
  const roots = (await engine.roots?.(project)) ?? ok([]);
  if (!roots.ok) return roots;
  const others = roots.value.filter((root) => root !== deployRoot);
  const [first] = others;
  if (first === undefined) return ok(undefined);
  const message = `${project} runs from ${others.join(' and ')}, not from ${deployRoot}`;
  return err(failure('E_ENV_PROJECT_ELSEWHERE', message, { place: { file: first }, evidence: { roots: others } }));
}
