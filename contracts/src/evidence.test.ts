import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../tests/support/files.ts';
import { fakeEngine, fakePorts, running } from '../../tests/support/ports.ts';
import { takeEvidence } from './evidence.ts';

/** As the scrubber of the fake ports knows it, and what it puts in its place. */
const SECRET = 'a-password-of-the-test';
const REDACTED = '***';

function rig(log: readonly string[], services = [running('loki', { lastExit: `it said ${SECRET}` })]) {
  const files = memoryFiles();
  const engine = fakeEngine(services);
  engine.said.set('loki', log);
  const take = (...names: string[]) =>
    takeEvidence('apply.evidence', names, { ports: fakePorts({ files, engine }), runDir: '/run' });
  return { files, engine, take };
}

describe('takeEvidence', () => {
  it('must keep the last words and the state of a service in the run’s folder, and name the files', async () => {
    const { files, take } = rig(['panic: no space left']);
    expect(await take('loki', 'loki')).toMatchObject({
      id: 'apply.evidence',
      verdict: 'pass',
      required: false,
      evidence: { files: ['evidence/loki.log', 'evidence/loki.state.json'] },
    });
    expect(files.text('/run/evidence/loki.log')).toBe('panic: no space left\n');
    expect(JSON.parse(files.text('/run/evidence/loki.state.json'))).toMatchObject({
      service: 'loki',
      state: 'running',
    });
  });

  it('must keep what a step before it has kept in the same run', async () => {
    const { files, engine, take } = rig(['the first words']);
    await take('loki');
    engine.said.set('loki', ['the last words']);
    expect(await take('loki')).toMatchObject({
      evidence: { files: ['evidence/loki.2.log', 'evidence/loki.2.state.json'] },
    });
    expect(files.text('/run/evidence/loki.log')).toBe('the first words\n');
    expect(files.text('/run/evidence/loki.2.log')).toBe('the last words\n');
    expect(files.text('/run/evidence/loki.2.state.json')).toContain('loki');
  });

  it('must take every known secret out of both', async () => {
    const { files, take } = rig([`token=${SECRET}`]);
    await take('loki');
    expect(files.text('/run/evidence/loki.log')).toBe(`token=${REDACTED}\n`);
    expect(files.text('/run/evidence/loki.state.json')).toContain(`it said ${REDACTED}`);
    expect([...files.content.values()].map((bytes) => new TextDecoder().decode(bytes)).join()).not.toContain(SECRET);
  });

  it('must keep the end of what is long, no half line, and no half secret', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const long = rig([...Array.from({ length: 499 }, () => line.repeat(20).trimEnd()), `the end ${SECRET}`]);
    await long.take('loki');
    const text = long.files.text('/run/evidence/loki.log');
    expect(text.length).toBeLessThanOrEqual(256 * 1024);
    expect(text.length).toBeGreaterThan(256 * 1024 - 200);
    expect(text.startsWith(line)).toBe(true);
    expect(text.endsWith(`the end ${REDACTED}\n`)).toBe(true);
    // One line, of which the limit cuts the secret in two.
    const cut = rig([`${SECRET}${'y'.repeat(256 * 1024 - 8)}`]);
    await cut.take('loki');
    expect(cut.files.text('/run/evidence/loki.log')).toMatch(/y{1000}\n$/);
    expect(cut.files.text('/run/evidence/loki.log')).not.toContain('the-test');
  });

  it('must say nothing where there is nothing, and write nowhere for a name that leads out', async () => {
    const { files, take } = rig([], [running('../../etc/passwd')]);
    expect(await take()).toBeUndefined();
    expect(await take('grafana')).toBeUndefined();
    expect(await take('../../etc/passwd')).toBeUndefined();
    expect(files.content.size).toBe(0);
  });

  it('must warn of what could not be kept, and keep the rest', async () => {
    const { files, engine, take } = rig(['a line'], [running('loki'), running('alloy')]);
    engine.failing.add('evidence alloy');
    expect(await take('alloy', 'loki')).toMatchObject({
      verdict: 'warn',
      required: false,
      summary: 'kept evidence/loki.log, evidence/loki.state.json; no evidence of alloy: gone',
    });
    files.failing.add('write /run/evidence/loki.2.log');
    expect(await take('loki')).toMatchObject({
      verdict: 'warn',
      summary: expect.stringMatching(/^nothing was kept; /),
    });
  });
});
