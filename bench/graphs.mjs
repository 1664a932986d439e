// The same graph for everyone: `count` steps that do nothing, each waiting for the one ten before it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 10;
const ids = (count) => Array.from({ length: count }, (_, n) => `s${n}`);
const before = (n) => (n < WIDTH ? [] : [`s${n - WIDTH}`]);

export function writePipeline(folder, name, count) {
  mkdirSync(folder, { recursive: true });
  const steps = ids(count).map((id, n) => ({ id, run: ['true'], after: before(n), effects: [] }));
  const pipeline = { schema_version: '1', name, description: `${count} steps that do nothing`, steps };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(pipeline));
}

export function writeMakefile(folder, count) {
  mkdirSync(folder, { recursive: true });
  const rules = ids(count).map((id, n) => `${id}: ${before(n).join(' ')}\n\t@true`);
  writeFileSync(
    join(folder, 'Makefile'),
    `all: ${ids(count).join(' ')}\n${rules.join('\n')}\n.PHONY: all ${ids(count).join(' ')}\n`,
  );
}

export function writeWireit(folder, count) {
  mkdirSync(folder, { recursive: true });
  const scripts = { all: 'wireit' };
  const wireit = { all: { dependencies: ids(count) } };
  for (const [n, id] of ids(count).entries()) {
    scripts[id] = 'wireit';
    wireit[id] = { command: 'true', dependencies: before(n) };
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bench', version: '1.0.0', scripts, wireit }));
}
