// Says which codes of the taxonomy no test has raised. `raised`: a file with a code a line, as tests/support/raised-codes.ts
// writes it. A code in waiting-codes.json waits for what there is not yet, and goes from there as soon as it is raised.
//
//   node scripts/raised-codes.mjs <raised>
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path) => readFileSync(join(import.meta.dirname, path), 'utf8');
const codes = Object.keys(JSON.parse(read('../contracts/error_taxonomy.json')).errors);
const waiting = JSON.parse(read('waiting-codes.json'));
const raised = new Set(raisedCodes(process.argv[2]));

const wrong = codes.flatMap((code) => {
  if (raised.has(code)) return code in waiting ? [`${code} is raised: take it out of scripts/waiting-codes.json`] : [];
  return code in waiting ? [] : [`${code} is raised by no test`];
});
for (const code of Object.keys(waiting)) if (!codes.includes(code)) wrong.push(`${code} waits, and is no code`);

for (const line of wrong) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** No file at all is what remains of a run that ended before its first failure: then nothing was raised. */
function raisedCodes(path) {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n');
  } catch (thrown) {
    if (thrown.code === 'ENOENT') return [];
    throw thrown;
  }
}
