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
    ['sudo -n apt-get install jq', ['apt-get without -y']],
    ['sudo -u bob DEBIAN_FRONTEND=noninteractive apt-get -q install jq', ['sudo without -n']],
    ['sudo systemctl restart x', ['sudo without -n']],
    ['echo "$pw" | sudo systemctl restart x', ['sudo without -n']],
    ['timeout 5 ssh "$host" true', ['ssh without -o BatchMode=yes']],
    ['ssh $HOST true', ['ssh without -o BatchMode=yes']],
    ['scp a b:c', ['scp without -o BatchMode=yes']],
    ['ssh-keygen -t ed25519 -f key', ['ssh-keygen without -N']],
    ['apt install -q jq', ['apt without -y']],
    ['env LANG=C dnf install jq', ['dnf without -y']],
    ['dpkg-reconfigure tzdata', ['dpkg-reconfigure without -f noninteractive']],
    ['docker run -it alpine', ['docker run with a terminal']],
    ['docker compose exec web sh', ['docker compose exec without -T']],
    ['docker system prune', ['docker system prune without -f']],
    ['docker login -u me', ['docker login without --password-stdin']],
    ['git commit', ['git commit without -m']],
    ['git rebase -i main', ['git rebase -i']],
    ['rm -ri x', ['rm -i']],
    ['gpg --gen-key', ['gpg without --batch']],
    ['adduser bob', ['adduser without --disabled-password']],
    ['su - postgres', ['su']],
    ['bash -i', ['bash -i']],
    ['python3', ['python3 without a script']],
    ['crontab -e', ['crontab -e']],
    ['read -u 0 x', ['read']],
    ['read -t 5 x', ['read']],
    ['eval "read x"', ['eval: read']],
    ["trap 'read x' EXIT", ['trap: read']],
    ['ask() { read x; }; other; ask | cat', ['read']],
    ['ask() { read x; }', ['read']],
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
    'sudo -n apt-get install -y jq',
    'sudo -n -u bob systemctl restart x',
    'echo "$pw" | sudo -S systemctl restart x',
    'timeout 5 ssh -o BatchMode=yes "$host" true',
    'ssh -oBatchMode=yes host true',
    'ssh $SSH_OPTS host true',
    'ssh "$@" host true',
    'scp -o "BatchMode yes" a b:c',
    "ssh-keygen -t ed25519 -N '' -f key",
    'ssh-keygen -R host',
    'yes | apt-get install jq',
    'apt-get -qq install jq',
    'apt-get -o APT::Get::Assume-Yes=true install jq',
    'dnf -y install jq',
    'dpkg-reconfigure -f noninteractive tzdata',
    'docker run -i alpine',
    'docker exec web tail -f -it x',
    'docker compose exec -T web sh',
    'docker compose up -d',
    'docker system prune -af',
    'docker login --password-stdin -u me',
    'git commit -am x',
    'git add .',
    'rm -rf x',
    'gpg --batch --gen-key params',
    'adduser --system bob',
    'runuser -u postgres x',
    'bash script.sh',
    'python3 -c 1',
    'crontab -l',
    'command -v sudo',
    'read -t 0',
    "eval 'echo read'",
    "trap 'rm -f x' EXIT",
    'ask() { read x; }; echo 1 | ask',
    'log() { while read -r l; do :; done; }; f 2>&1 | log',
    'xargs read <list',
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
