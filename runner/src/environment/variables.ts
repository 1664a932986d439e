/** Variables of Plumbline that are no settings: they speak to the launcher, to a step, to a stand-in or to a test. */
const OTHERS: readonly string[] = [
  'ENV',
  'MODE',
  'SHUFFLE_SEED',
  'RUN_DIR',
  'RUN_ID',
  'STEP',
  'REPORT',
  'WORLD',
  'SOAK',
  'SEED',
  'GOLDEN',
  'RAISED_CODES',
  'DEBUG_LOG_FILE',
];

/** As OTHERS, by how they begin. */
const OTHER_FAMILIES: readonly string[] = ['TEST_', 'BENCH_', 'SECRETS_'];
/** What a command of a run is given: anywhere else it is meant for something, and is for nothing. */
const OF_A_RUN: readonly string[] = ['INPUT_', 'OUTPUT_', 'PARAM_'];

/**
 * Whether a variable is meant to be a setting: it is Plumbline's, and no other use of it is known. `inRun`: whether this
 * is a command of a run, which has variables of its own. Pure.
 */
export function isSettingVariable(name: string, inRun: boolean): boolean {
  if (!name.startsWith('PLUMBLINE_')) return false;
  const rest = name.slice('PLUMBLINE_'.length);
  const families = inRun ? [...OTHER_FAMILIES, ...OF_A_RUN] : OTHER_FAMILIES;
  return !OTHERS.includes(rest) && !families.some((family) => rest.startsWith(family));
}
