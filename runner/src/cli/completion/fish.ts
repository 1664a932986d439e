import { type Place, type Verb, valuesOf } from './words.ts';

/** Completion for fish 3 or newer. Pure. */
export function fishScript(verbs: readonly Verb[]): string {
  const valued = [...valuesOf(verbs).keys()];
  const paths = verbs.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# Completion of plumb for fish: ./plumb completion fish | source
function __plumb_path
    set -l path
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${valued.join(' ')}
            set skip 1
        else if contains -- (string join ' ' $path $word) ${paths.join(' ')}
            set -a path $word
        end
    end
    string join ' ' $path
end
function __plumb_at
    set -l path (__plumb_path)
    test "$path" = "$argv[1]"
end
function __plumb_ask
    set -l words (commandline -opc)
    set -l named
    for index in (seq 2 (count $words))
        if string match -qr '^--(env|config)=' -- $words[$index]
            set named $words[$index]
        else if contains -- $words[$index] --env --config; and test $index -lt (count $words)
            set named $words[$index] $words[(math $index + 1)]
        end
    end
    $words[1] completion --words $argv[1] $named 2>/dev/null
end
complete -c plumb -e
complete -c plumb -f
${verbs.flatMap(lines).join('\n')}
`;
}

function lines({ path, verbs, flags, argument }: Verb): readonly string[] {
  const at = `complete -c plumb -n ${quoted(`__plumb_at ${quoted(path)}`)}`;
  const own = offered(argument);
  return [
    ...verbs.map(({ name, about }) => `${at} -a ${name} -d ${quoted(about)}`),
    ...(own === '' || verbs.length > 0 ? [] : [`${at}${own}`]),
    ...flags.map(({ name, about, value }) => {
      const form = name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
      const takes = value === undefined ? '' : ` -r${offered(value)}`;
      return `${at} ${form}${takes} -d ${quoted(about)}`;
    }),
  ];
}

function offered(place: Place): string {
  switch (place.from) {
    case 'words':
      return ` -a ${quoted(place.words.join(' '))}`;
    case 'program':
      return ` -a ${quoted(`(__plumb_ask ${place.kind})`)}`;
    case 'files':
      return ' -F';
    case 'nowhere':
      return '';
  }
}

/** As fish reads it back. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
