import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseYaml } from '@plumbline/formats/yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildProgram, type Program } from '../../common/testing-program.ts';
import { bench, conformanceFile, listedDifferences, worldOf, writeConfig } from '../testing.ts';
import { startProgram } from '../testing-process.ts';

interface Verdict {
  readonly file: string;
  readonly accepted: boolean;
  readonly exit: number;
  readonly message: string;
}

const fixtures = 'fixtures/loki-3.0.0-config';
const verdicts = JSON.parse(conformanceFile(`${fixtures}/verdicts.json`)) as readonly Verdict[];
const directory = mkdtempSync(join(tmpdir(), 'plumbline-verdicts-'));
const world = worldOf(directory, 0);
const differences: string[] = [];
const accepted: Record<string, boolean> = {};
let program: Program;

beforeAll(async () => {
  program = await buildProgram('loki');
  for (const verdict of verdicts) {
    writeConfig(directory, verdict.file, conformanceFile(`${fixtures}/${verdict.file}`));
    const { code, stderr } = await startProgram(
      program,
      ['-verify-config=true', `-config.file=/etc/loki/${verdict.file}`],
      world,
    ).ended;
    accepted[verdict.file] = code === 0;
    if (code !== verdict.exit) differences.push(`config/${verdict.file}: exit`);
    if (!sameMessage(verdict.message, stderr)) differences.push(`config/${verdict.file}: message`);
  }
});

afterAll(() => {
  program.remove();
  rmSync(directory, { recursive: true, force: true });
});

test('every recorded configuration must be accepted or refused as the real one did', () => {
  expect(verdicts).toHaveLength(17);
  expect(accepted).toEqual(Object.fromEntries(verdicts.map((v) => [v.file, v.accepted])));
});

test('exit codes and messages must be those of the record, but for what is listed', () => {
  expect(differences).toEqual(listedDifferences('config/'));
});

test('the comparison of messages must see a difference', () => {
  expect(
    sameMessage(
      'level=error ts=2026-11-21T03:29:42.3Z caller=main.go:66 err="x"',
      'level=error ts=1 caller=main.go:66 err="x"\n',
    ),
  ).toBe(true);
  expect(
    sameMessage('level=error ts=2026 caller=main.go:66 err="x"', 'level=error ts=1 caller=main.go:66 err="y"\n'),
  ).toBe(false);
  expect(sameMessage('', 'anything')).toBe(false);
});

test('/config must answer every key of the recorded answer, for the file that it was recorded with', async () => {
  const loki = await bench({
    limits: 'retention_period: 720h',
    compactor: 'retention_enabled: true, delete_request_store: filesystem',
    minReady: '1s',
  });
  const answer = parseYaml(await (await loki.get('/config')).text(), 'answer');
  await loki.stop();
  const recorded = parseYaml(conformanceFile(`${fixtures}/answer-of-slash-config.yml`), 'recorded');
  if (!answer.ok || !recorded.ok) throw new Error('an answer is not YAML');
  const unlike = paths(recorded.value.value, answer.value.value, '');
  const hostsOwn = unlike.filter((path) =>
    /interface_names|instance_id|ingestername|lifecycler\.id|^\.server\.\w+_port$/.test(path),
  );
  expect(unlike.filter((path) => !hostsOwn.includes(path))).toEqual([]);
  expect(listedDifferences('config-answer')).toEqual([
    'config-answer: names of the host, its interfaces and its ports',
  ]);
  expect(hostsOwn.length).toBeGreaterThan(0);
});

/** Line breaks are spaces in the record; its longest message is cut; the time of a log line is its own. */
function sameMessage(recorded: string, stderr: string): boolean {
  const plain = (text: string) =>
    text
      .replace(/ts=\S+/, 'ts=')
      .replaceAll('/etc/loki/', '')
      .replace(/\s+/g, ' ')
      .trim();
  const [want, got] = [plain(recorded), plain(stderr)];
  return want === got || (want.length >= 350 && got.startsWith(want));
}

/** The paths whose values differ between two trees. */
function paths(a: unknown, b: unknown, at: string): readonly string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? [] : [at];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => paths(left[key], right[key], `${at}.${key}`));
}
