import { describe, expect, it } from 'vitest';
import { makeArtifact, payload, payloadBytes } from '../../../tests/support/artifact.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, running } from '../../../tests/support/ports.ts';
import { observe } from './observe.ts';

describe('observe', () => {
  it('must tell what runs, which stores are there, and which generation is current', async () => {
    const files = memoryFiles();
    await files.write('/deploy/store/loki-0123456789ab/loki.yml', payload['loki/loki.yml'] as string);
    const generation = 'c'.repeat(64);
    files.links.set('/deploy/current', `generations/${generation}`);
    const engine = fakeEngine([running('loki')]);
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files, engine });
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
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files, engine: fakeEngine() });
    if (!observed.ok) throw new Error(observed.failure.message);
    expect([...observed.value.stores]).toEqual([]);
    expect([...observed.value.damaged]).toEqual(['store/loki-0123456789ab']);
  });

  it('must refuse to make a secret again that the data of its service holds already', async () => {
    const secret = { service: 'grafana', name: 'admin_password', bytes: 24, first_start: 'grafana-data' };
    const files = memoryFiles();
    const look = () => observe(makeArtifact(), payloadBytes, '/deploy', { files, engine: fakeEngine() }, [secret]);
    expect(await look()).toMatchObject({ ok: true, value: { missingSecrets: [secret] } });
    await files.write('/deploy/volumes/grafana-data/grafana.db', '');
    expect(await look()).toMatchObject({ ok: false, failure: { code: 'E_ENV_SECRET_LOST' } });
    await files.write('/deploy/secrets/grafana/1/admin_password', 'kept');
    expect(await look()).toMatchObject({ ok: true, value: { missingSecrets: [] } });
  });

  it('must not take an engine that does not answer for one that runs nothing', async () => {
    const engine = fakeEngine();
    engine.failing.add('observe');
    const observed = await observe(makeArtifact(), payloadBytes, '/deploy', { files: memoryFiles(), engine });
    expect(observed).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
  });
});
