import type { RunEvent } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { liveReporter } from './live.ts';
import { frame, nothingYet, type Screen, see } from './live-frame.ts';

const wide: Screen = { columns: 100, rows: 30, color: false };

const started: RunEvent = {
  type: 'run_started',
  run_id: 'r1',
  pipeline: 'up',
  environment: 'demo',
  engine: 'embedded',
  steps: ['generate', 'verify-L1', 'verify-L3', 'verify', 'last'],
  waits_for: {
    'verify-L1': ['generate'],
    'verify-L3': ['generate'],
    verify: ['verify-L1', 'verify-L3'],
    last: ['verify'],
  },
};

function picture(events: readonly (readonly [number, RunEvent])[], now: number, screen = wide): readonly string[] {
  const live = nothingYet();
  for (const [at, event] of events) see(live, event, at);
  return frame(live, now, screen);
}

describe('the live picture', () => {
  it('must show what each step does, what it waits for and until when', () => {
    const events: (readonly [number, RunEvent])[] = [
      [0, started],
      [0, { type: 'step_started', step: 'generate', uses: 'generate', inputs: {} }],
      [100, { type: 'step_ended', step: 'generate', status: 'pass', summary: 'two files', duration_ms: 100 }],
      [100, { type: 'step_started', step: 'verify-L1', uses: 'verify', inputs: {}, until: '2026-03-01T12:10:00.000Z' }],
      [
        200,
        {
          type: 'step_event',
          step: 'verify-L1',
          event: { type: 'waiting', text: 'loki', until: '2026-03-01T12:00:09.000Z' },
        },
      ],
    ];
    expect(picture(events, 1600)).toEqual([
      'up demo (engine embedded, run r1)',
      '✔ generate     pass, two files (0.1 s)',
      '· verify       waits for verify-L1, verify-L3',
      '▸   verify-L1  waiting for loki, until 12:00:09 UTC (1.5 s, limit 12:10:00 UTC)',
      '·   verify-L3  ready',
      '· last         waits for verify',
    ]);
  });

  it('must fit the screen, whatever a step says', () => {
    const steps = Array.from({ length: 500 }, (_, n) => `s${n}`);
    const events: (readonly [number, RunEvent])[] = [
      [0, { ...started, steps, waits_for: {} } as RunEvent],
      [0, { type: 'step_started', step: 's9', uses: 'run', inputs: {} }],
      [0, { type: 'step_event', step: 's9', event: { type: 'progress', text: `long ${'x'.repeat(500)}\u001b[2J\n` } }],
      [0, { type: 'step_ended', step: 's3', status: 'fail', summary: 'no', duration_ms: 1 }],
      [0, { type: 'step_ended', step: 's4', status: 'pass', summary: 'yes', duration_ms: 1 }],
    ];
    const lines = picture(events, 0, { columns: 40, rows: 10, color: false });
    expect(lines.length).toBeLessThanOrEqual(9);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
    expect(lines.join('')).not.toContain('\u001b');
    expect(lines.slice(1)).toEqual([
      '✖ s3  fail, no (0.0 s)',
      expect.stringMatching(/^▸ s9 {2}long x+…$/),
      '  … 2 of 500 steps have ended',
    ]);
  });

  it('must colour only the mark, and only where colour is wanted', () => {
    expect(picture([[0, started]], 0, { ...wide, color: true })[1]).toBe('\u001b[36m·\u001b[0m generate     ready');
  });

  it('must paint over itself, keep what is said between, and leave the end standing', () => {
    let written = '';
    const reporter = liveReporter({ write: (text) => void (written += text), screen: () => wide, now: () => 0 });
    reporter.note('before');
    expect(written).toBe('before\n');
    reporter.emit(started);
    reporter.note('stopping');
    expect(written).toMatch(/^before\nstopping\nup demo /);
    reporter.emit({ type: 'step_ended', step: 'last', status: 'pass', summary: 'x', duration_ms: 1 });
    reporter.end();
    expect(written).toContain('\u001b[6A\u001b[0J');
    expect(written.endsWith('✔ last         pass, x (0.0 s)\n\n')).toBe(true);
    const before = written;
    reporter.end();
    expect(written).toBe(before);
  });
});
