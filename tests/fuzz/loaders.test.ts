import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { err, failure, ok } from '../../contracts/src/index.ts';
import { isYaml } from '../../formats/src/source.ts';
import { writeYaml } from '../../formats/src/yaml.ts';
import { fuzzed } from '../support/fuzz-inputs.ts';
import { type Loader, loaders } from '../support/fuzz-loaders.ts';
import { faultOf } from '../support/fuzz-outcome.ts';
import { chooseSeed } from '../support/kill-random.ts';
import { watchdog } from '../support/watchdog.mjs';

const soak = process.env.PLUMBLINE_SOAK === '1';
const INPUTS = soak ? 10_000 : 300;
/** No file takes a loader this long on any machine; it is asked only whether it goes on at all. */
const HANGS_AFTER_MS = 120_000;
const seed = chooseSeed();
const { all, end } = loaders();
const encoder = new TextEncoder();
const warnings: string[] = [];
const warned = (warning: Error) => void warnings.push(warning.message);
let dog: Awaited<ReturnType<typeof watchdog>>;

beforeAll(async () => {
  dog = await watchdog(HANGS_AFTER_MS);
  process.on('warning', warned);
  process.stderr.write(`loaders read ${INPUTS} files each with PLUMBLINE_SEED=${seed}\n`);
});

afterAll(async () => {
  await dog.end();
  process.off('warning', warned);
  end();
});

/** How much of a file is shown that broke a loader: the seed makes it again. */
const SHOWN = 1000;

/** That a loader answers every file with a value, or with a code of the taxonomy and a place. Throws where it does not. */
async function holds(loader: Loader, numRuns: number): Promise<void> {
  const { name, file, corpus, load } = loader;
  const property = fc.asyncProperty(fuzzed(corpus, isYaml(file)), async (bytes) => {
    dog.next(`${name} with PLUMBLINE_SEED=${seed}: ${Buffer.from(bytes).toString('base64')}`);
    const fault = faultOf(await load(bytes), { file, bytes });
    if (fault !== undefined) throw new Error(fault);
    if (Object.hasOwn(Object.prototype, 'polluted')) throw new Error('it changed every object');
  });
  const found = await fc.check(property, { seed, numRuns });
  if (!found.failed) return;
  const [bytes] = found.counterexample ?? [new Uint8Array()];
  const text = JSON.stringify(new TextDecoder().decode(bytes).slice(0, SHOWN));
  const message = `${name}: ${String(found.errorInstance)}\nby PLUMBLINE_SEED=${seed}, ${bytes.length} bytes: ${text}`;
  throw new Error(message, { cause: found.errorInstance });
}

describe('the loader of', () => {
  it.each(all.map((loader) => [loader.name, loader] as const))(
    '%s must answer every file with a value, or with a code and a place',
    async (_, loader) => {
      await holds(loader, INPUTS);
    },
    soak ? 1_800_000 : 300_000,
  );

  it.each(all.map((loader) => [loader.name, loader] as const))('%s must accept what is right', async (_, loader) => {
    for (const value of loader.corpus.slice(0, 1)) {
      const text = isYaml(loader.file) ? writeYaml(value) : JSON.stringify(value);
      const read = await loader.load(encoder.encode(text));
      expect(read.ok || read.failure).toBe(true);
    }
  });

  it('none must make Node warn, which is no message of ours', () => {
    expect(warnings).toEqual([]);
  });
});

describe('the check itself', () => {
  const asked = all[0] as Loader;
  const bad: readonly (readonly [string, Loader['load'], RegExp])[] = [
    ['throws', async () => JSON.parse('{,'), /SyntaxError|Expected property name/],
    ['answers nothing', async () => undefined as never, /answered undefined/],
    [
      'knows another code',
      async () => err({ ...failure('E_CONFIG_PARSE', 'x'), code: 'E_NEW' as never }),
      /E_NEW is not in/,
    ],
    ['tells no place', async () => err(failure('E_CONFIG_PARSE', 'x')), /has no place/],
    ['says nothing', async () => err(failure('E_CONFIG_PARSE', '', { place: { file: 'x' } })), /says nothing/],
    [
      'says a whole file',
      async () => err({ code: 'E_CONFIG_PARSE', message: 'x'.repeat(10_000), place: { file: 'x' } }),
      /says 10000 characters/,
    ],
    [
      'tells a place behind the end',
      async () => err(failure('E_CONFIG_PARSE', 'x', { place: { file: asked.file, line: 1_000_000, column: 1 } })),
      /in line 1000000 of/,
    ],
    [
      'throws at one file in many',
      async (bytes) => {
        if (bytes.length % 7 === 3) throw new Error('a length that nobody expected');
        return ok(undefined);
      },
      /a length that nobody expected/,
    ],
  ];
  it.each(bad)('must catch a loader that %s', async (_, load, says) => {
    await expect(holds({ ...asked, load }, 300)).rejects.toThrow(says);
  });

  it('must accept a loader that refuses everything as it should', async () => {
    const load = async () => err(failure('E_CONFIG_PARSE', 'no', { place: { file: asked.file, line: 1, column: 1 } }));
    await holds({ ...asked, load }, 100);
  });
});
