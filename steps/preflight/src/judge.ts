import type { Check, Environment } from '@plumbline/contracts';
import { judgeConfig, judgeImageTags, judgeMode, judgePaths, judgeSchemaVersion } from './judge-config.ts';
import { judgeDaemon, judgeImageLock, judgeImages, judgeRuntimeFit, judgeTools } from './judge-engine.ts';
import { judgeDesired, judgeDrift, judgeScripts, judgeSecrets } from './judge-files.ts';
import { judgeFirewall, judgeJournal, judgeLock, judgePorts, judgeResources } from './judge-host.ts';
import type { Observation } from './observation.ts';

/** The checks of preflight, in the order of seed 002. Pure. */
const judges: readonly ((seen: Observation, config: Environment) => Check)[] = [
  judgeLock,
  judgeConfig,
  judgeSchemaVersion,
  judgePaths,
  judgeDaemon,
  judgeRuntimeFit,
  judgeTools,
  judgePorts,
  judgeImages,
  judgeImageTags,
  judgeImageLock,
  judgeDesired,
  judgeDrift,
  judgeSecrets,
  judgeFirewall,
  judgeJournal,
  judgeScripts,
  judgeMode,
  judgeResources,
];

export function judge(seen: Observation, config: Environment): readonly Check[] {
  return judges.map((one) => one(seen, config));
}
