import { err, failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { type Change, hide, run, store, wrong } from './support/preflight.ts';
import { runtimeFacts } from './support/runtime.ts';

const lock = '/repo/config/images.lock.json';
const down = '/repo/config/pipelines/down.json';

describe('preflight, where it cannot look', () => {
  const gone = failure('E_ENV_UNREADABLE', 'permission denied');
  const unseen: readonly (readonly [string, Change])[] = [
    ['lock', { host: { lock: async () => err(gone) } }],
    ['path_map', { host: { access: async () => err(gone) } }],
    ['tools', { host: { which: async () => err(gone) } }],
    ['ports', { host: { listening: async () => err(gone) } }],
    ['images', { engine: { image: async () => err(gone) } }],
    ['runtime', { engine: { probe: async () => runtimeFacts({ kernel: err(gone) }) } }],
    ['firewall', { host: { firewall: async () => err(gone) } }],
    ['journal', { host: { journal: async () => err(gone) } }],
    ['resources', { host: { freeBytes: async () => err(gone) } }],
    ['drift', { files: (f) => void f.failing.add(`read ${store}/loki.yml`) }],
  ];
  it.each(unseen)('must call %s unknown, not good and not bad, where it could not look', async (name, change) => {
    expect(wrong((await run(change)).checks)).toEqual([`${name} unknown E_ENV_UNREADABLE`]);
  });

  it('must call unknown what rests on a lock of images that it could not look at', async () => {
    const resting = ['image_lock', 'desired_state', 'drift'];
    const { checks } = await run({ files: hide(lock) });
    expect(wrong(checks)).toEqual(resting.map((name) => `${name} unknown E_ENV_UNREADABLE`));
  });

  it('must call unknown all that rests on a pipeline that it could not look at', async () => {
    const { checks, outputs } = await run({ files: hide(down) });
    const resting = ['config', 'desired_state', 'drift', 'interactive'];
    expect(wrong(checks)).toEqual(resting.map((name) => `${name} unknown E_ENV_UNREADABLE`));
    expect(outputs).toEqual({});
  });
});
