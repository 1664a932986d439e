import type { Secret } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact, payload, payloadBytes } from '../../../tests/support/artifact.ts';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, fakeSecrets, running } from '../../../tests/support/ports.ts';
import { observe } from './observe.ts';

const secrets = fakeSecrets;

describe('observe', () => {
  it('must tell what runs, which stores are there, and which generation is current', async () => {
    const files = memoryFiles();
    await files.write('/deploy/store/loki-0123456789ab/loki.yml', payload['loki/loki.yml'] as string);
    const generation = 'c'.repeat(64);
    files.links.set('/deploy/current', `generations/${generation}`);
    const engine = fakeEngine([running('loki')]);
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files, engine, secrets });
    if (!observed.ok) throw new Error(observed.failure.message);
    expect([...observed.value.stores]).toEqual(['store/loki-0123456789ab']);
    expect([...observed.value.damaged]).toEqual([]);
    expect(observed.value.current).toBe(generation);
    expect(observed.value.running.map((s) => s.service)).toEqual(['loki']);
    expect([...observed.value.programs.keys()].sort()).toEqual(['alloy', 'loki']);
  });

  it('must tell a store whose files were changed from one that is as its name says', async () => {
    const files = memoryFiles();
    await files.write('/deploy/store/loki-0123456789ab/loki.yml', 'changed');
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files, engine: fakeEngine(), secrets });
    if (!observed.ok) throw new Error(observed.failure.message);
    expect([...observed.value.stores]).toEqual([]);
    expect([...observed.value.damaged]).toEqual(['store/loki-0123456789ab']);
  });

  describe('of secrets', () => {
    const secret = { service: 'grafana', name: 'admin_password', bytes: 24, first_start: 'grafana-data' };
    const token = { service: 'grafana', name: 'token', bytes: 24 };
    const folder = '/deploy/secrets/grafana';
    const look = async (
      files: MemoryFiles,
      policy: readonly Secret[] = [secret],
      rotate?: (one: Secret) => boolean,
    ) => {
      const asked = rotate === undefined ? { policy } : { policy, rotate };
      const engine = fakeEngine();
      const prefix = '/deploy/volumes/';
      engine.data = [...files.content.keys()].flatMap((path) =>
        path.startsWith(prefix) ? [path.slice(prefix.length).split('/')[0] as string] : [],
      );
      const seen = await observe(makeArtifact(), payloadBytes, '/deploy', { files, engine, secrets }, asked);
      return seen.ok ? seen.value.secrets[0] : seen.failure.code;
    };
    const random = fakeSecrets.random(16);

    it('must refuse to make one again that the data of its service holds already', async () => {
      const files = memoryFiles();
      expect(await look(files)).toMatchObject({ version: random, fresh: [{ secret }], linked: false });
      await files.write('/deploy/volumes/grafana-data/grafana.db', '');
      expect(await look(files)).toBe('E_ENV_SECRET_LOST');
      await files.write(`${folder}/1/admin_password`, 'kept');
      expect(await look(files)).toMatchObject({ version: '1', fresh: [], linked: false, current: undefined });
    });

    it('must take the only version that there is, and none of two that nobody names', async () => {
      const files = memoryFiles({ [`${folder}/a1/admin_password`]: 'x' });
      expect(await look(files)).toMatchObject({ version: 'a1', fresh: [] });
      await files.write(`${folder}/b2/admin_password`, 'y');
      expect(await look(files)).toMatchObject({ version: random, fresh: [{ secret }] });
      await files.write('/deploy/volumes/grafana-data/grafana.db', '');
      expect(await look(files)).toBe('E_ENV_SECRET_LOST');
      files.links.set(`${folder}/current`, 'b2');
      expect(await look(files)).toMatchObject({ version: 'b2', fresh: [], linked: false, current: 'b2' });
    });

    it('must put what a version lacks into a new one, with a copy of the rest', async () => {
      const files = memoryFiles({ [`${folder}/a1/admin_password`]: 'x', '/deploy/volumes/grafana-data/db': '' });
      const fresh = [{ secret, from: `${folder}/a1/admin_password` }, { secret: token }];
      expect(await look(files, [secret, token])).toMatchObject({ version: random, fresh, linked: false });
    });

    it('must make only those anew that are to be rotated, and finish a rotation before it begins another', async () => {
      const files = memoryFiles({ [`${folder}/a1/admin_password`]: 'x', [`${folder}/a1/token`]: 'y' });
      files.links.set(`${folder}/wanted`, 'a1');
      files.links.set(`${folder}/current`, 'a1');
      const rotate = (one: Secret) => one.name === 'token';
      expect(await look(files, [secret, token])).toMatchObject({ version: 'a1', fresh: [], linked: true });
      const fresh = [{ secret, from: `${folder}/a1/admin_password` }, { secret: token }];
      expect(await look(files, [secret, token], rotate)).toMatchObject({ version: random, fresh, current: 'a1' });
      for (const name of ['admin_password', 'token']) await files.write(`${folder}/b2/${name}`, 'z');
      files.links.set(`${folder}/wanted`, 'b2');
      expect(await look(files, [secret, token], rotate)).toMatchObject({ version: 'b2', fresh: [], current: 'a1' });
    });

    it.each(['../../etc', 'a1/..', '.', ''])(
      'must refuse a link that names %j, which is no version',
      async (target) => {
        const files = memoryFiles({ [`${folder}/a1/admin_password`]: 'x' });
        files.links.set(`${folder}/wanted`, target);
        expect(await look(files)).toBe('E_ENV_ROOT_UNSAFE');
      },
    );
  });

  it('must not take an engine that does not answer for one that runs nothing', async () => {
    const engine = fakeEngine();
    engine.failing.add('observe');
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files: memoryFiles(), engine, secrets });
    expect(observed).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
  });
});
