import { describe, expect, it } from 'vitest';
import { findPrompts } from './shell.ts';

const prompts = (source: string) => {
  const found = findPrompts(source, 'x.sh');
  return found.ok ? found.value.map(({ what }) => what) : found.failure.code;
};

describe('findPrompts', () => {
  it.each([
    ['read -p "continue? " answer', ['read -p']],
    ['read answer', ['read']],
    ['if true; then read -rp "x" y; fi', ['read -p']],
    ['f() { read x; }; f', ['read']],
    ['x=$(read y; echo "$y")', ['read']],
    ['select x in a b; do echo "$x"; done', ['select']],
    ['read x < /dev/tty', ['reads from /dev/tty']],
    ['while read l; do :; done < /dev/tty', ['reads from /dev/tty']],
    ['builtin read x', ['read']],
    ["bash -c 'read x'", ['bash -c: read']],
    ['sudo apt-get install jq', ['apt-get without -y']],
    ['whiptail --yesno x 1 1', ['whiptail']],
    ['true && read a || read b', ['read', 'read']],
  ])('must find what would wait for a person: %s', (source, expected) => {
    expect(prompts(source)).toEqual(expected);
  });

  it.each([
    'echo "read -p"',
    "echo 'select x in a'",
    '# read -p x',
    'cat <<EOF\nread -p x\nEOF',
    'while read -r line; do echo "$line"; done < file',
    'cat file | while read -r line; do echo "$line"; done',
    'read x <<< "$y"',
    'read x <<EOF\n1\nEOF',
    'read -u 3 x',
    'apt-get install -y jq',
    'apt-get update',
    'reader=1; read_config',
    'printf "%s" read',
    'for x in read select; do echo "$x"; done',
    "bash -c 'echo read'",
  ])('must not take for a prompt: %s', (source) => {
    expect(prompts(source)).toEqual([]);
  });

  it('must tell line and column', () => {
    expect(findPrompts('#!/bin/bash\n\n  read x\n', 'x.sh')).toMatchObject({ value: [{ line: 3, column: 3 }] });
  });

  it('must say where a file is no shell script', () => {
    expect(findPrompts('if true; then\n', 'x.sh')).toMatchObject({
      ok: false,
      failure: { code: 'E_CONFIG_PARSE', place: { file: 'x.sh' } },
    });
  });
});
