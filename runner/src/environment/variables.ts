/** Variables of Plumbline that are no settings: they speak to the launcher, to a step, to a stand-in or to a test. */
const OTHERS: readonly string[] = [
  'ENV',
  'SHUFFLE_SEED',
  'RUN_DIR',
  'RUN_ID',
  'STEP',
  'MODE',
  'REPORT',
  'WORLD',
  'SOAK',
  'SEED',
  'GOLDEN',
  'RAISED_CODES',
  'STATE',
  'DEBUG_LOG_FILE',
];

/** As OTHERS, by how they begin. */
const OTHER_FAMILIES: readonly string[] = ['INPUT_', 'OUTPUT_', 'PARAM_', 'TEST_', 'BENCH_', 'STATE_', 'SECRETS_'];

/** Whether a variable is meant to be a setting: it is Plumbline's, and no other use of it is known. Pure. */
export function isSettingVariable(name: string): boolean {
  if (!name.startsWith('PLUMBLINE_')) return false;
  const rest = name.slice('PLUMBLINE_'.length);
  return !OTHERS.includes(rest) && !OTHER_FAMILIES.some((family) => rest.startsWith(family));
}
