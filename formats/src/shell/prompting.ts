import type { Started } from './unwrap.ts';

/** What of a program would wait for a person, in a few words; undefined where nothing would. */
type Judge = (args: readonly string[], started: Started) => string | undefined;

const has = (args: readonly string[], shape: RegExp): boolean => args.some((arg) => shape.test(arg));
/** The first word that is no option: the verb of `apt-get install`. */
const verbOf = (args: readonly string[]): string => args.find((arg) => !arg.startsWith('-')) ?? '';

/** A verb that asks unless an option answers; a pipe into it (`yes |`) answers too. */
function unless(program: string, answer: RegExp, says: string, verbs?: RegExp): Judge {
  return (args, { fed }) => {
    if (fed || has(args, answer) || (verbs !== undefined && !args.some((arg) => verbs.test(arg)))) return undefined;
    return `${program} without ${says}`;
  };
}

/** A program that asks for a password, or for whether to trust a host, of a terminal: what is piped in is no answer. */
function password(program: string, answer: RegExp, says: string): Judge {
  return (args) => (has(args, answer) ? undefined : `${program} without ${says}`);
}

const always =
  (program: string): Judge =>
  (_, { fed }) =>
    fed ? undefined : program;

const batch = (program: string): Judge => password(program, /^(-o)?\s*BatchMode[= ]yes$/i, '-o BatchMode=yes');

/** `-u 3` reads from a descriptor that the script itself has opened; `-t 0` only looks whether there is something. */
const reader =
  (program: string): Judge =>
  (args, { fed }) => {
    const waits = !has(args, /^-\w*t0$/) && !args.some((arg, n) => /^-\w*t$/.test(arg) && args[n + 1] === '0');
    const other = args.some(
      (arg, n) => /^-\w*u([1-9].*)?$/.test(arg) && (arg.endsWith('u') ? args[n + 1] !== '0' : true),
    );
    if (fed || !waits || other) return undefined;
    return has(args, /^-\w*p/) ? `${program} -p` : program;
  };

/** An interpreter that is given no program reads one from its standard input. */
const interpreter =
  (program: string): Judge =>
  (args, { fed }) => {
    if (has(args, /^-[a-z]*i$/)) return `${program} -i`;
    return fed || args.length > 0 ? undefined : `${program} without a script`;
  };

const docker: Judge = (args, { fed }) => {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const before = args.slice(0, args.findIndex((arg) => arg === words[1]) + 1 || args.length);
  const [first = '', second = ''] = words;
  if (has(args, /^--password-stdin$/)) return undefined;
  if (first === 'login')
    return fed || has(args, /^(-p|--password)/) ? undefined : 'docker login without --password-stdin';
  const prunes = words.slice(0, 2).includes('prune') || (first === 'compose' && words.slice(1).includes('rm'));
  if (prunes)
    return fed || has(args, /^(-\w*f\w*|--force)$/)
      ? undefined
      : `docker ${first} ${second}`.trim().concat(' without -f');
  if (first === 'compose') {
    const verb = words.slice(1).find((word) => word === 'exec' || word === 'run');
    return verb === undefined || has(args, /^(-\w*T\w*|--no-tty|--no-TTY|-d|--detach)$/)
      ? undefined
      : `docker compose ${verb} without -T`;
  }
  if (!['run', 'exec', 'start', 'attach'].includes(first) && !['run', 'exec'].includes(second)) return undefined;
  return has(before, /^(-\w*t\w*|--tty)$/) && has(before, /^(-\w*i\w*|--interactive)$/)
    ? `docker ${first} with a terminal`
    : undefined;
};

const git: Judge = (args) => {
  const verb = verbOf(args);
  if (
    has(args, /^(-i|--interactive|-p|--patch)$/) &&
    ['add', 'rebase', 'checkout', 'reset', 'stash', 'clean'].includes(verb)
  )
    return `git ${verb} ${args.find((arg) => /^(-i|--interactive|-p|--patch)$/.test(arg))}`;
  if (verb !== 'commit') return undefined;
  return has(args, /^(-\w*[mFCc].*|--message.*|--file.*|--no-edit|--reuse-message.*|--fixup.*|--dry-run)$/)
    ? undefined
    : 'git commit without -m';
};

const sshKeygen: Judge = (args) =>
  has(args, /^-\w*[lFRyHYDsQe]/) || has(args, /^-\w*N/) ? undefined : 'ssh-keygen without -N';

const apt = (program: string): Judge =>
  unless(
    program,
    /^(-\w*y\w*|--yes|--assume-yes|-qq|-s|--simulate|--dry-run|--assume-no|(-o)?APT::Get::Assume-Yes=(true|1))$/,
    '-y',
    /^(install|reinstall|remove|purge|upgrade|dist-upgrade|full-upgrade|safe-upgrade|autoremove|build-dep|satisfy)$/,
  );
const rpm = (program: string): Judge =>
  unless(
    program,
    /^(-\w*y\w*|--assumeyes|--assumeno)$/,
    '-y',
    /^(install|remove|erase|update|upgrade|downgrade|autoremove|reinstall)$/,
  );
const asking =
  (program: string): Judge =>
  (args, { fed }) =>
    fed || !has(args, /^(-[a-zA-Z]*i[a-zA-Z]*|--interactive(=always)?)$/) ? undefined : `${program} -i`;

const judges: Readonly<Record<string, Judge>> = {
  ...Object.fromEntries(['read', 'mapfile', 'readarray'].map((name) => [name, reader(name)])),
  ...Object.fromEntries(
    [
      'dialog',
      'whiptail',
      'passwd',
      'su',
      'chsh',
      'chfn',
      'visudo',
      'vi',
      'vim',
      'nano',
      'emacs',
      'fzf',
      'systemd-ask-password',
      'mysql_secure_installation',
    ].map((name) => [name, always(name)]),
  ),
  ...Object.fromEntries(['apt', 'apt-get', 'aptitude'].map((name) => [name, apt(name)])),
  ...Object.fromEntries(['dnf', 'yum'].map((name) => [name, rpm(name)])),
  ...Object.fromEntries(['ssh', 'scp', 'sftp'].map((name) => [name, batch(name)])),
  ...Object.fromEntries(['rm', 'cp', 'mv', 'ln'].map((name) => [name, asking(name)])),
  ...Object.fromEntries(['python', 'python3', 'node', 'irb', 'psql', 'bc'].map((name) => [name, interpreter(name)])),
  ...Object.fromEntries(['sh', 'bash', 'dash', 'ksh', 'zsh'].map((name) => [name, interpreter(name)])),
  'add-apt-repository': unless('add-apt-repository', /^(-\w*y\w*|--yes)$/, '-y'),
  adduser: unless('adduser', /^--(disabled-(password|login)|system|group)$/, '--disabled-password'),
  crontab: (args) => (has(args, /^-\w*e$/) ? 'crontab -e' : undefined),
  doas: password('doas', /^-\w*n/, '-n'),
  docker,
  'dpkg-reconfigure': unless('dpkg-reconfigure', /^(-f.*|--frontend.*|--help)$/, '-f noninteractive'),
  git,
  gpg: unless('gpg', /^--batch$/, '--batch', /^--(gen-key|full-gen(erate)?-key|generate-key|edit-key|delete-.*)$/),
  pacman: unless('pacman', /^--noconfirm$/, '--noconfirm', /^-[SRU]/),
  'ssh-copy-id': batch('ssh-copy-id'),
  'ssh-keygen': sshKeygen,
  // -S reads the password from its standard input, which must then be given.
  sudo: (args, { fed }) =>
    has(args, /^(-\w*[nKkVh]|--non-interactive|--askpass|--version|--help)$/) || (fed && has(args, /^(-\w*S|--stdin)$/))
      ? undefined
      : 'sudo without -n',
  zypper: unless(
    'zypper',
    /^(-n|-y|--non-interactive|--no-confirm)$/,
    '-n',
    /^(install|in|remove|rm|update|up|patch|dup)$/,
  ),
};

/** What a program that a command line starts would wait for a person with; undefined where it would not. Pure. */
export function promptOf(started: Started): string | undefined {
  const judge = Object.hasOwn(judges, started.program) ? judges[started.program] : undefined;
  // What it expands to may hold the option that answers: nobody can say, and nothing is claimed.
  if (judge === undefined || started.args.some(({ open }) => open)) return undefined;
  return judge(
    started.args.map(({ text }) => text),
    started,
  );
}
