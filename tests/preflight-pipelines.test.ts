import { describe, expect, it } from 'vitest';
import type { MemoryFiles } from './support/files.ts';
import { check, hide, pipeline, put, run, wrong } from './support/preflight.ts';

const down = '/repo/config/pipelines/down.json';

describe('preflight', () => {
  it('must name the place of a broken pipeline, and every other that is broken', async () => {
    const files = (f: MemoryFiles) => {
      put(down, '{\n  "name": "down"\n  "steps": []\n}')(f);
      put('/repo/config/pipelines/up.json', pipeline('up', { id: 'A' }))(f);
    };
    const { error, evidence } = check((await run({ files })).checks, 'config');
    expect(error?.place).toBe(`${down}:3:3`);
    expect(evidence.pipelines).toEqual(['down', 'up']);
    expect(evidence.broken).toMatchObject([
      { code: 'E_CONFIG_PARSE', place: { file: down } },
      { code: 'E_CONFIG_INVALID_VALUE', place: { file: '/repo/config/pipelines/up.json', pointer: '/steps/0/id' } },
    ]);
  });

  it('must not take for a pipeline what no run can name', async () => {
    const files = (f: MemoryFiles) => {
      put('/repo/config/pipelines/notes.md', 'none')(f);
      put('/repo/config/pipelines/old/up.json', 'none')(f);
    };
    expect(wrong((await run({ files })).checks)).toEqual([]);
  });

  it('must fail a pipeline that is broken though another could not be looked at', async () => {
    const files = (f: MemoryFiles) => {
      hide(down)(f);
      put('/repo/config/pipelines/up.json', '')(f);
    };
    expect(wrong((await run({ files })).checks)[0]).toBe('config fail E_CONFIG_PARSE');
  });
});
