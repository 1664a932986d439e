import { basename } from 'node:path';
import { slug } from '@plumbline/contracts';
import { pointerOf, valueAt } from '@plumbline/formats/json-patch';
import demo from '../../../config/bootstrap.demo.json' with { type: 'json' };
import type { Path } from './finding.ts';

/** The environment that the repository ships: where nothing else is known, its values are proposed. */
export const defaults = demo;

/** Stands where only a person can know the value; the linter names every one that is left. */
export const CHOOSE_A_TAG = 'CHOOSE_A_TAG';
export const placeholder = /(?:^|[^A-Za-z0-9])(CHOOSE_[A-Z_]+|CHANGE_ME)(?![A-Za-z0-9])/;

/** The value to propose at a path; undefined where there is none. `name` is that of the environment. */
export function defaultAt(path: Path, name: string): unknown {
  const pointer = pointerOf(path);
  const own = slug(name) || 'plumbline';
  // Two environments with one project or one deploy root would take each other's services away.
  if (pointer === '/compose_project_name') return `plumbline-${own}`;
  if (pointer === '/path_map/deploy_root') return deployRootOf(demo.path_map.output_dir, own);
  const source = /^\/sources\/(\d+)\/(.+)$/.exec(pointer);
  if (source !== null) return sourceDefaults(Number(source[1]))[source[2] as string];
  return valueAt(demo, pointer);
}

export function deployRootOf(outputDir: string, name: string): string {
  return `${outputDir}/deploy/${name}`;
}

/** `bootstrap.test.json` -> `test`. */
export function nameOf(file: string): string {
  return basename(file)
    .replace(/\.json$/, '')
    .replace(/^bootstrap\./, '');
}

function sourceDefaults(n: number): Readonly<Record<string, unknown>> {
  const job = `source_${n + 1}`;
  return {
    name: job,
    root: '/var/log',
    patterns: ['*.log'],
    labels: { job },
    'labels/job': job,
    'patterns/0': '*.log',
  };
}

/** The pin that is shipped for an image's repository, or for a service. */
export function knownPin(repository: string, service: string): string | undefined {
  const pins: Readonly<Record<string, string>> = demo.image_pins;
  const sameImage = Object.values(pins).find((pin) => pin.slice(0, pin.lastIndexOf(':')) === repository);
  return sameImage ?? (repository === '' ? pins[service] : undefined);
}
