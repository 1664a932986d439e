import type { Observed } from '../../steps/apply/src/observe.ts';
import { makeArtifact } from './artifact.ts';

const artifact = makeArtifact();

/** What apply observes of a host where nothing was ever deployed, changed as a test needs it. */
export function nothingDeployed(change: Partial<Observed> = {}): Observed {
  return {
    artifact,
    payload: new Map(),
    running: [],
    strays: [],
    remote: false,
    programs: new Map(Object.keys(artifact.services).map((name) => [name, 'b'.repeat(64)])),
    misnamed: new Map(),
    claimed: false,
    probe: false,
    current: undefined,
    verified: undefined,
    journal: { runs: new Map(), unsettled: new Set(), suspect: new Set(), torn: false },
    leftovers: [],
    deployed: new Map(),
    stores: new Set(),
    damaged: new Set(),
    unsealed: new Set(),
    secrets: [],
    versionsKept: true,
    kept: false,
    provenanceKept: false,
    ...change,
  };
}
