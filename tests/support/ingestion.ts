import type { Environment } from '../../contracts/src/index.ts';
import { demoEnvironment } from './environment.ts';
import { fakeSecrets } from './ports.ts';

/** Labels that the lines of the proof carry where all is well. */
export const probeLabels = { job: 'plumbline-probe', env: 'demo', host: 'here' };

/** What the store should hold of a proof's lines: the planted secret masked. */
export function masked(line: string, config: Environment = demoEnvironment()): string {
  return line.replaceAll(fakeSecrets.plant(1), config.secretsPolicy.replacement);
}

/** A line as the store gives it back. */
export interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly ts: string;
  readonly line: string;
}

/** Loki's answer to a range query. */
export function streams(entries: readonly Stored[]): string {
  const result = entries.map(({ labels, ts, line }) => ({ stream: labels, values: [[ts, line]] }));
  return JSON.stringify({ status: 'success', data: { resultType: 'streams', result, stats: {} } });
}

/** Alloy's answer for one loki.source.file component. */
export function component(files: readonly { path: unknown; running: unknown; offset: unknown }[]): string {
  const attribute = (name: string, value: unknown) => ({ name, type: 'attr', value: { type: typeof value, value } });
  const debugInfo = files.map(({ path, running, offset }) => ({
    name: 'targets_info',
    type: 'block',
    body: [
      attribute('path', path),
      attribute('labels', '{}'),
      attribute('is_running', running),
      attribute('read_offset', offset),
    ],
  }));
  return JSON.stringify({ name: 'loki.source.file', debugInfo: [{ name: 'other', type: 'attr' }, ...debugInfo] });
}
