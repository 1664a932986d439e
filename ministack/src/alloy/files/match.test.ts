import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFifo } from '../testing-fifo.ts';
import { globToRegExp } from './glob.ts';
import { matchFiles } from './match.ts';

describe('globToRegExp', () => {
  it.each([
    ['/a/*.log', '/a/b.log', '/a/b/c.log'],
    ['/a/**/*.log', '/a/b/c/d.log', '/a/b/c/d.txt'],
    ['/a/**/*.log', '/a/d.log', '/ab/d.log'],
    ['/a/**', '/a/b/c', '/b'],
    ['/a/?.log', '/a/b.log', '/a/bb.log'],
    ['/a/[a-c].log', '/a/b.log', '/a/d.log'],
    ['/a/[!a-c].log', '/a/d.log', '/a/b.log'],
    ['/a/{x,y*}.log', '/a/yz.log', '/a/xz.log'],
    ['/a/\\*.log', '/a/*.log', '/a/b.log'],
    ['/a/x.log', '/a/x.log', '/a/x-log'],
    ['/a/*', '/a/.hidden', '/a/b/c'],
  ])('%s must match %s and not %s', (pattern, yes, no) => {
    expect(globToRegExp(pattern).test(yes)).toBe(true);
    expect(globToRegExp(pattern).test(no)).toBe(false);
  });
});

describe('matchFiles', () => {
  const base = mkdtempSync(join(tmpdir(), 'plumbline-match-'));
  const world = {
    service: 'alloy',
    hostname: 'box',
    environment: {},
    listen: {},
    hosts: {},
    mounts: [{ target: '/host/var/log', source: base, read_only: true }],
  };
  const paths = (path: string, more = {}) =>
    matchFiles(world, [{ __path__: path, job: 'j', ...more }]).map((t) => t.__path__);

  beforeAll(() => {
    for (const name of ['a.log', 'b.log', 'c.txt', 'nginx/access.log', 'nginx/old/x.log']) {
      mkdirSync(join(base, name, '..'), { recursive: true });
      writeFileSync(join(base, name), 'x\n');
    }
    symlinkSync(join(base, 'a.log'), join(base, 'link.log'));
    symlinkSync(join(base, 'nowhere'), join(base, 'dangling.log'));
    mkdirSync(join(base, 'directory.log'));
    makeFifo(join(base, 'fifo.log'));
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it('must find regular files, and no directories, FIFOs or links to nothing', () => {
    expect(paths('/host/var/log/*.log')).toEqual([
      '/host/var/log/a.log',
      '/host/var/log/b.log',
      '/host/var/log/link.log',
    ]);
    expect(paths('/host/var/log/*/*.log')).toEqual(['/host/var/log/nginx/access.log']);
    expect(paths('/host/var/log/**/*.log')).toHaveLength(5);
    expect(paths('/host/*/log/a.log')).toEqual(['/host/var/log/a.log']);
  });

  it('must leave out what is excluded, and keep the labels', () => {
    expect(paths('/host/var/log/*.log', { __path_exclude__: '/host/var/log/{b,link}.log' })).toEqual([
      '/host/var/log/a.log',
    ]);
    expect(matchFiles(world, [{ __path__: '/host/var/log/a.log', job: 'j' }])).toEqual([
      { __path__: '/host/var/log/a.log', job: 'j' },
    ]);
    expect(paths('/elsewhere/*.log')).toEqual([]);
  });
});
