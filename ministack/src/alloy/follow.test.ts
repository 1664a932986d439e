import { appendFileSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../common/world.ts';
import { evaluateAll, targetsOf } from './config/evaluate.ts';
import { type Loaded, load } from './config/load.ts';
import { matchFiles } from './files/match.ts';
import { Follower } from './follow.ts';
import { alloyMetrics } from './metrics.ts';

const config = `
local.file_match "m" { path_targets = [{"__path__" = "/log/*.log", "job" = "j"}] }
loki.source.file "s" {
  targets    = local.file_match.m.targets
  forward_to = [loki.echo.e.receiver]
}
loki.echo "e" { }
`;

describe('Follower', () => {
  let directory: string;
  let loaded: Loaded;
  let follower: Follower;
  let lines: string[];
  let now = 0;
  const environment = { env: {}, hostname: 'box', os: 'linux', arch: 'amd64' };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plumbline-follow-'));
    lines = [];
    const world: World = {
      service: 'alloy',
      hostname: 'box',
      environment: {},
      listen: {},
      hosts: {},
      mounts: [{ target: '/log', source: directory, read_only: true }],
    };
    const match = (args: { values: Readonly<Record<string, unknown>> }) =>
      matchFiles(world, targetsOf(args.values.path_targets as Parameters<typeof targetsOf>[0]));
    const hooks = {
      store: () => undefined,
      dropped: () => undefined,
      tooLong: () => undefined,
      echo: (_: string, entry: { readonly line: string }) => lines.push(entry.line),
    };
    configure = (text) => {
      const result = load(Buffer.from(text), { file: 'c', environment, match, hooks });
      if (!result.ok) throw new Error(result.failure.message);
      loaded = result.value;
    };
    configure(config);
    follower = new Follower({ world, metrics: alloyMetrics(), log: () => undefined, files: {}, tick: () => undefined });
    sync = () => {
      const evaluated = evaluateAll(loaded.graph, environment, match);
      if (!evaluated.ok) throw new Error(evaluated.failure.message);
      follower.sync(evaluated.value, loaded.pipeline, now);
    };
  });
  afterEach(() => {
    follower.close();
    rmSync(directory, { recursive: true, force: true });
  });

  let sync: () => void;
  let configure: (text: string) => void;
  const read = () => {
    while (follower.read(loaded.pipeline, now, () => false));
    return lines;
  };

  it('must keep to a file while its path is missing, and give out its last words when it stays away', () => {
    const path = join(directory, 'a.log');
    appendFileSync(path, 'one\nunfinished');
    sync();
    expect(read()).toEqual(['one']);
    unlinkSync(path);
    now += 5000;
    sync();
    expect(read()).toEqual(['one']);
    expect(follower.of('loki.source.file.s')).toHaveLength(1);
    now += 6000;
    sync();
    expect(lines).toEqual(['one', 'unfinished']);
    expect(follower.of('loki.source.file.s')).toHaveLength(0);
  });

  it('must read on in a rotated file when the path comes back later', () => {
    const path = join(directory, 'a.log');
    appendFileSync(path, 'one\n');
    sync();
    read();
    renameSync(path, `${path}.1`);
    now += 20_000;
    read();
    sync();
    expect(follower.of('loki.source.file.s')).toHaveLength(0);
    appendFileSync(`${path}.1`, 'two\n');
    appendFileSync(path, 'three\n');
    sync();
    expect(read()).toEqual(['one', 'two', 'three']);
  });

  it('must read rotated files that the pattern names as part of the live one, and not again after a rotation', () => {
    const path = join(directory, 'b.log');
    const other = config.replace('*.log', '{b.log*,c.log.1}');
    configure(other);
    appendFileSync(`${path}.2`, 'one\n');
    appendFileSync(`${path}.1`, 'two\n');
    appendFileSync(path, 'three\n');
    appendFileSync(join(directory, 'c.log.1'), 'alone\n');
    sync();
    expect(read().filter((line) => line !== 'alone')).toEqual(['one', 'two', 'three']);
    expect(lines).toContain('alone');
    renameSync(`${path}.1`, `${path}.3`);
    renameSync(path, `${path}.1`);
    appendFileSync(path, 'four\n');
    sync();
    expect(read().slice(4)).toEqual(['four']);
  });

  it('must stop with a file that is no target any more, and forget old states of files that are gone', () => {
    const path = join(directory, 'a.log');
    appendFileSync(path, 'one\n');
    sync();
    read();
    expect(Object.keys(follower.states(now))).toEqual(['loki.source.file.s /log/a.log {job="j"}']);
    renameSync(path, join(directory, 'a.txt'));
    now += 20_000;
    read();
    sync();
    expect(Object.keys(follower.states(now))).toHaveLength(1);
    expect(Object.keys(follower.states(now + 8 * 24 * 3_600_000))).toEqual([]);
  });
});
