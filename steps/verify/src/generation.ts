import { type Check, contractPath, failure, notPassed, type Result, type StepContext } from '@plumbline/contracts';

/** Where `current` points; undefined where nothing is deployed. */
export function currentGeneration({ config, ports }: StepContext): Promise<Result<string | undefined>> {
  return ports.files.readLink(contractPath('deploy', 'current', config.paths.deploy_root));
}

/** Proving takes no lock, so another run may deploy meanwhile: what was looked at is then not one generation. Pure. */
export function judgeGeneration(
  before: Result<string | undefined>,
  after: Result<string | undefined>,
): readonly Check[] {
  const id = 'verify.generation';
  const unread = [before, after].find((found) => !found.ok);
  if (unread !== undefined && !unread.ok) {
    const summary = `could not look which generation is deployed: ${unread.failure.message}`;
    return [notPassed({ id, summary }, 'unknown', unread.failure)];
  }
  const [first, last] = [before, after].map((found) => (found.ok ? (found.value ?? null) : null));
  if (first === last) return [];
  const summary = `another generation was deployed meanwhile: ${nameOf(first)} at the start, ${nameOf(last)} at the end`;
  return [
    notPassed(
      { id, summary, evidence: { before: first, after: last } },
      'unknown',
      failure('E_PROOF_GENERATION_CHANGED', summary),
    ),
  ];
}

function nameOf(link: string | null | undefined): string {
  return link?.split('/').at(-1)?.slice(0, 12) ?? 'none';
}
