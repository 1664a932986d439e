// The one test door, behind `./plumb test`: the gates, then the tests. Every one of them runs even when one before it
// failed. People read stderr; stdout holds one line, `N passed, N failed, N skipped`.
//
//   ./plumb test              all of it
//   ./plumb test --verbose    with the output of what passes
//   ./plumb test --soak       with the full count of the long randomised tests
//   ./plumb test <filter> …   only the tests that vitest finds by these arguments, without the gates
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endChildren, runChild } from './children.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
/** The codes that the tests raised. A few tests do not raise all of them, and are not asked to. */
const raised = join(scratch, 'raised-codes');
const bin = (path) => [process.execPath, join(root, 'node_modules', path)];

const gates = {
  types: [...bin('typescript/bin/tsc'), '-p', '.'],
  'lint and format': [...bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'],
  'unused code': bin('knip/bin/knip.js'),
  'generated files are current': [
    '/bin/sh',
    '-c',
    '"$0" scripts/generate-contracts.mjs --check && "$0" scripts/generate-docs.mjs --check',
    process.execPath,
  ],
  // Debian's own Prometheus and node-exporter, unpacked and not installed: a test holds the stand-ins against them.
  'real services': ['/bin/sh', 'scripts/debian-tools.sh'],
  // Through the launcher, so that no test that starts it finds something left to build.
  build: ['/bin/sh', 'plumb', 'version'],
};

function readArguments(args) {
  const own = new Set(['--verbose', '--soak']);
  return {
    verbose: args.includes('--verbose'),
    soak: args.includes('--soak'),
    filters: args.filter((arg) => !own.has(arg)),
  };
}

/** Runs one command with a line of progress. What it prints is shown when it fails. */
async function step(name, command, { verbose, env }) {
  const since = performance.now();
  process.stderr.write(verbose ? `${name} …\n` : `${name} … `);
  const { code, output } = await runChild(command, { cwd: root, env: { ...process.env, ...env }, verbose });
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  process.stderr.write(`${verbose ? `${name} … ` : ''}${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`);
  if (code !== 0 && !verbose) process.stderr.write(`${output}\n`);
  return code;
}

/** Counts by what vitest reported, and never trusts a report that its exit code contradicts. */
async function runTests({ filters, soak, verbose }) {
  const report = join(scratch, 'counts.json');
  const command = [
    ...bin('vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=./scripts/count-reporter.mjs',
    process.stderr.isTTY ? '--color' : '--no-color',
  ];
  const code = await step('tests', [...command, ...filters], {
    verbose,
    env: {
      PLUMBLINE_TEST_COUNTS: report,
      ...(filters.length === 0 ? { PLUMBLINE_RAISED_CODES: raised } : {}),
      ...(soak ? { PLUMBLINE_SOAK: '1' } : {}),
    },
  });
  const counts = readCounts(report);
  if (counts === undefined) return complain('vitest ended without a report', { passed: 0, failed: 1, skipped: 0 });
  if (counts.passed + counts.failed === 0) return complain('no test ran', { ...counts, failed: 1 });
  if (counts.without !== undefined) process.stderr.write(`left out what needs Docker: ${counts.without}\n`);
  if (code !== 0 && counts.failed === 0) return complain(`vitest ended with ${code}`, { ...counts, failed: 1 });
  return counts;
}

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function complain(what, counts) {
  process.stderr.write(`${what}: this counts as a failure\n`);
  return counts;
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.once(signal, async () => {
    await endChildren();
    process.exit(code);
  });
}

const options = readArguments(process.argv.slice(2));
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

/** A command that counts as one: it passed, or it failed. */
async function gate(name, command) {
  const code = await step(name, command, { verbose: options.verbose, env: {} });
  total[code === 0 ? 'passed' : 'failed'] += 1;
  if (code !== 0) failures.push(name);
}

const full = options.filters.length === 0;
if (full) for (const [name, command] of Object.entries(gates)) await gate(name, command);
const counts = await runTests(options);
for (const kind of Object.keys(total)) total[kind] += counts[kind];
if (counts.failed > 0) failures.push('tests');
if (full) await gate('every code is raised by a test', [process.execPath, 'scripts/raised-codes.mjs', raised]);

if (failures.length > 0) process.stderr.write(`failed: ${failures.join(', ')}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
