import type { EnginePort, Provenance, Result } from '@plumbline/contracts';
import type { ProvenanceSeen } from './judge.ts';

/** Asks the engine what runs, and what each deployed image stands for now. */
export async function observeProvenance(deployed: Provenance, engine: EnginePort): Promise<ProvenanceSeen> {
  const running = await engine.observe();
  const programs = new Map<string, Result<string | undefined>>();
  for (const [name, { image }] of Object.entries(deployed.services))
    programs.set(name, await engine.program(name, image));
  return { running, programs };
}
