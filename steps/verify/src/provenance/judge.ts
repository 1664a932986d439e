import {
  type Artifact,
  type Check,
  type CheckParts,
  failure,
  imageFault,
  notPassed,
  type Provenance,
  passed,
  type Result,
  type RunningService,
  startedAgain,
} from '@plumbline/contracts';

/** What runs now, and what would run if it were started now. */
export interface ProvenanceSeen {
  readonly running: Result<readonly RunningService[]>;
  /** Service -> what its image stands for on this engine now; undefined where it would have to be pulled. */
  readonly programs: ReadonlyMap<string, Result<string | undefined>>;
}

/**
 * L7, provenance (seed 002, P10): each service that runs is the one that apply observed, of the image that its artifact
 * locks in `images`. Pure.
 */
export function judgeProvenance(
  deployed: Provenance,
  seen: ProvenanceSeen,
  images: Artifact['images'] = {},
): readonly Check[] {
  const { running } = seen;
  const names = Object.keys(deployed.services);
  if (!running.ok) {
    const summary = `could not look: ${running.failure.message}`;
    return names.map((name) => notPassed({ id: `L7.${name}`, summary }, 'unknown', running.failure));
  }
  const strangers = running.value.filter((service) => !names.includes(service.service));
  return [
    ...names.map((name) => serviceCheck(name, deployed, seen, running.value, images)),
    ...strangers.map(strangerCheck),
  ];
}

function serviceCheck(
  name: string,
  deployed: Provenance,
  seen: ProvenanceSeen,
  running: readonly RunningService[],
  images: NonNullable<Artifact['images']>,
): Check {
  const wanted = deployed.services[name] as Provenance['services'][string];
  const found = running.find((service) => service.service === name);
  const program = seen.programs.get(name);
  const evidence = {
    deployed: wanted,
    running: found ?? null,
    program_on_disk: program?.ok ? (program.value ?? null) : null,
  };
  const parts = (summary: string): CheckParts => ({ id: `L7.${name}`, summary, evidence });
  const mismatch = (summary: string) =>
    notPassed(parts(summary), 'fail', failure('E_PROOF_PROVENANCE_MISMATCH', summary));
  if (found === undefined || found.state !== 'running') {
    // Nothing runs that could be compared; that it does not run is for L1 to say.
    const summary = `could not look: ${name} does not run`;
    return notPassed(parts(summary), 'unknown', failure('E_PROOF_PATH_DOWN', summary));
  }
  if (found.image !== wanted.image) return mismatch(`${name} runs ${found.image}, not ${wanted.image}`);
  const fault = found.identity && imageFault(found.image, found.identity, images[found.image]);
  if (fault !== undefined)
    return notPassed(parts(`${name} runs an image that is not locked: ${fault.message}`), 'fail', fault);
  if (found.serviceHash !== wanted.service_hash)
    return mismatch(`${name} runs with another configuration than was applied`);
  if (found.programSha256 !== wanted.program_sha256)
    return mismatch(`${name} runs another program than apply observed`);
  if (program === undefined || !program.ok) {
    const summary = `could not look at the program of ${name} on disk: ${program?.failure.message ?? 'nobody asked'}`;
    return notPassed(parts(summary), 'unknown', program?.failure ?? failure('E_PROOF_PATH_DOWN', summary));
  }
  if (program.value === undefined) {
    const summary = `the image ${wanted.image} is no longer on this host: ${name} could not be started again from it`;
    return notPassed(parts(summary), 'warn', failure('E_DEPS_IMAGE_MISSING', summary));
  }
  if (program.value !== found.programSha256)
    return mismatch(
      found.identity === undefined
        ? `the program of ${name} was changed on disk since it was started`
        : `${wanted.image} now names another image than the one that ${name} runs`,
    );
  if (startedAgain(found, wanted)) {
    const summary = `${name} was started again since it was deployed (${found.restarts} restarts, last end: ${found.lastExit ?? 'unknown'})`;
    return notPassed(parts(summary), 'warn', failure('E_RUNTIME_SERVICE_RESTARTED', summary));
  }
  return passed(parts(`${name} is the ${wanted.stand_in ? 'stand-in' : 'container'} that apply observed`));
}

function strangerCheck(service: RunningService): Check {
  const summary = `${service.service} runs in this project, and no generation deployed it`;
  return notPassed(
    { id: `L7.${service.service}`, summary, evidence: { running: service } },
    'fail',
    failure('E_PROOF_PROVENANCE_MISMATCH', summary),
  );
}
