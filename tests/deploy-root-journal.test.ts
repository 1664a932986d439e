import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instances, replacedSince } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

// That a torn journal tells what its whole lines tell is shown in steps/apply, at any byte; here, that nothing stops at it.
let d: Deployment;
let journal: string;
let before: Record<string, string>;

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
  journal = join(d.deployRoot, 'journal.jsonl');
  before = await instances(d);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const template = 'config/stacks/observability/templates/loki/loki.yml.j2';
const change = (n: number) =>
  d.edit(template, (text) => text.replace(/replication_factor: 1( # \d+)?/, `replication_factor: 1 # ${n}`));

/** Lines of the journal that are whole: JSON objects. */
function wholeLines(): readonly string[] {
  return readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => {
      try {
        return typeof JSON.parse(line).run === 'string';
      } catch {
        return false;
      }
    });
}

/** A second deployment changes nothing; one that has something to change does it, and adds its lines to those there. */
async function mustGoOn(n: number): Promise<void> {
  const kept = readFileSync(journal);
  expect((await d.plumb('up')).code).toBe(0);
  expect(d.report('apply').operations).toEqual([]);
  expect(await replacedSince(before, d)).toEqual([]);
  change(n);
  const lines = wholeLines();
  expect((await d.plumb('up')).code).toBe(0);
  expect(await replacedSince(before, d)).toEqual(['loki']);
  before = await instances(d);
  // What is there is evidence: it stays, and the first new line is whole.
  expect(readFileSync(journal).subarray(0, kept.length)).toEqual(kept);
  expect(wholeLines().length).toBe(lines.length + 2 * d.report('apply').operations.length + 2);
}

describe('a journal', () => {
  it('that ends in the middle of a character must be gone on with', async () => {
    const line = Buffer.from(`${wholeLines().at(-1)?.replace('"apply"', '"store/ü"')}\n`);
    appendFileSync(journal, line.subarray(0, line.indexOf(Buffer.from('ü')) + 1));
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(journal))).toThrow();
    await mustGoOn(1);
  });

  it('whose last line is cut must be gone on with, whether that line said that all was done or not', async () => {
    const { length } = readFileSync(journal);
    truncateSync(journal, length - 10);
    await mustGoOn(2);
  });

  it('with garbage in its middle must be gone on with', async () => {
    const bytes = readFileSync(journal);
    const at = bytes.indexOf('\n', bytes.length / 2) + 1;
    const garbage = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3]);
    const odd = Buffer.from('\nnull\n[]\n42\n"begin"\n{}\n{"run": 1, "stage": null}\n{"run"\n');
    writeFileSync(journal, Buffer.concat([bytes.subarray(0, at), garbage, odd, bytes.subarray(at)]));
    await mustGoOn(3);
  });

  it('with garbage in it must still tell what this run has changed, so that what does not stand is undone', async () => {
    appendFileSync(journal, Buffer.from([0xc3]));
    d.edit(template, (text) => text.replace(/replication_factor: 1.*/, 'replication_factor: 1\n  no_such_key: 1'));
    expect((await d.plumb('up')).code).toBe(3);
    expect(d.report('rollback').status).toBe('pass');
    d.edit(template, (text) => text.replace(/\n {2}no_such_key: 1/, ''));
    expect((await d.plumb('up')).code).toBe(0);
  });

  it('that is gone must be begun anew', async () => {
    writeFileSync(journal, '');
    before = await instances(d);
    await mustGoOn(4);
  });
});
