import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { branchOf } from './branch.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb branch ü '));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' });

describe('the branch of a checkout', () => {
  it('must be told before its first commit, and from a folder inside', () => {
    git('init', '--quiet', '--initial-branch', 'feature/ü-one');
    mkdirSync(join(folder, 'inside'));
    expect([branchOf(folder), branchOf(join(folder, 'inside'))]).toEqual(['feature/ü-one', 'feature/ü-one']);
  });

  it('must be empty where a commit and no branch is checked out, where there is no git, and where nothing is', () => {
    expect(branchOf(folder)).toBe('');
    expect(branchOf(join(folder, 'missing'))).toBe('');
    git('init', '--quiet');
    git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--allow-empty', '-m', 'one');
    expect(branchOf(folder)).not.toBe('');
    git('checkout', '--quiet', '--detach');
    expect(branchOf(folder)).toBe('');
  });
});
