import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, type Ended, makeDeployment } from './support/deployment.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** One error, once, with its code, bucket, place, hint and page, its exit code, and no stack trace. */
function expectError(ended: Ended, exit: number, code: string, place?: RegExp): void {
  const said = ended.stderr + ended.stdout;
  expect(said).toContain(code);
  expect(ended.stderr.match(/^error /gm) ?? [], ended.stderr).toHaveLength(1);
  expect(said).toMatch(new RegExp(`${code} \\(${code.split('_')[1]?.toLowerCase()}\\): \\S`));
  expect(said).toMatch(/hint: \S/);
  expect(said).toMatch(new RegExp(`docs: docs/errors/\\w+\\.md#${code.toLowerCase()}$`, 'm'));
  expect(said).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)|node:internal/);
  if (place !== undefined) expect(said).toMatch(place);
  expect(ended.code).toBe(exit);
}

/** The environment's file for the time of one test. */
async function withConfig(text: string | Buffer, check: () => Promise<void>): Promise<void> {
  const before = readFileSync(d.configFile);
  writeFileSync(d.configFile, text);
  try {
    await check();
  } finally {
    writeFileSync(d.configFile, before);
  }
}

describe('a command line', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['an unknown verb', ['upp'], 'E_CONFIG_USAGE'],
    ['an unknown flag', ['up', '--fast'], 'E_CONFIG_USAGE'],
    ['a flag without its value', ['step', 'verify', '--param'], 'E_CONFIG_USAGE'],
    ['an unknown step', ['step', 'verfy'], 'E_CONFIG_UNKNOWN_STEP'],
    ['a param that is no pair', ['step', 'verify', '--param', 'levels'], 'E_CONFIG_USAGE'],
    ['an unknown run', ['step', 'verify', '--from-run', 'no-such-run'], 'E_PROOF_UNKNOWN_RUN'],
  ];
  it.each(cases)('with %s must end with 64', async (_, args, code) => {
    const ended = await d.plumb(...args);
    expect(ended.stderr + ended.stdout).toContain(code);
    expect(ended.code).toBe(code === 'E_PROOF_UNKNOWN_RUN' ? 2 : 64);
  });

  it('must suggest what was meant', async () => {
    expect((await d.plumb('step', 'verfy')).stderr).toContain('did you mean "verify"?');
  });

  it('must give an error as JSON where JSON was asked for', async () => {
    const { error } = JSON.parse((await d.plumb('step', 'verfy', '--json')).stdout);
    expect(error).toMatchObject({
      code: 'E_CONFIG_UNKNOWN_STEP',
      bucket: 'config',
      docs: expect.stringContaining('errors/config.md#'),
    });
    expect(error.hint).not.toBe('');
  });
});

describe('an environment', () => {
  const place = /bootstrap\.test\.json:\d+:\d+/;
  const edits: readonly { what: string; edit: (text: string) => string; code: string; says?: RegExp }[] = [
    {
      what: 'an unknown key',
      edit: (t) => t.replace('"ports"', '"portz"'),
      code: 'E_CONFIG_UNKNOWN_KEY',
      says: /portz.*did you mean "ports"/,
    },
    {
      what: 'a missing key',
      edit: (t) => t.replace(/"engine": "embedded",/, ''),
      code: 'E_CONFIG_MISSING_KEY',
      says: /"engine"/,
    },
    {
      what: 'a value of the wrong type',
      edit: (t) => t.replace(/"loki": \d+/, '"loki": "abc"'),
      code: 'E_CONFIG_INVALID_VALUE',
    },
    {
      what: 'a port out of range',
      edit: (t) => t.replace(/"loki": \d+/, '"loki": 80'),
      code: 'E_CONFIG_INVALID_VALUE',
    },
    {
      what: 'an engine that there is not',
      edit: (t) => t.replace('"embedded"', '"dokcer"'),
      code: 'E_CONFIG_INVALID_VALUE',
      says: /embedded/,
    },
    {
      what: 'an image without an exact tag',
      edit: (t) => t.replace('loki:3.0.0', 'loki:latest'),
      code: 'E_CONFIG_INVALID_VALUE',
    },
    {
      what: 'a service that the stack does not have',
      edit: (t) => t.replace(/"loki": \d+/, '"lokki": 13100'),
      code: 'E_CONFIG_UNKNOWN_KEY',
      says: /did you mean "loki"/,
    },
    {
      what: 'another schema version',
      edit: (t) => t.replace('"schema_version": "2"', '"schema_version": "1"'),
      code: 'E_CONFIG_SCHEMA_VERSION',
    },
    { what: 'a syntax error', edit: (t) => t.replace('{', '{,'), code: 'E_CONFIG_PARSE' },
    { what: 'a key given twice', edit: (t) => t.replace('"engine"', '"stack": "x", "engine"'), code: 'E_CONFIG_PARSE' },
    { what: 'nothing in it', edit: () => '', code: 'E_CONFIG_PARSE' },
  ];
  it.each(edits)(
    'with $what must be refused with its place, and nothing must be written',
    async ({ edit, code, says }) => {
      const before = readdirSync(d.root).sort();
      await withConfig(edit(readFileSync(d.configFile, 'utf8')), async () => {
        const ended = await d.plumb('up');
        expectError(ended, 2, code, place);
        expect(ended.stderr).toMatch(says ?? code);
      });
      expect(readdirSync(d.root).sort()).toEqual(before);
    },
  );

  it('that is not UTF-8 must be refused', async () => {
    await withConfig(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), async () =>
      expectError(await d.plumb('up'), 2, 'E_CONFIG_NOT_TEXT'),
    );
  });
});
