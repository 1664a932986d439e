import { type Place, type Verb, valuesOf } from './words.ts';

/** Completion for bash 4.2 or newer. Pure. */
export function bashScript(verbs: readonly Verb[]): string {
  return `# Completion of plumb for bash: source <(./plumb completion bash)
${body(verbs)}`;
}

/** zsh reads the same through its own emulation of bash's completion. Pure. */
export function zshScript(verbs: readonly Verb[]): string {
  return `# Completion of plumb for zsh: source <(./plumb completion zsh)
whence compdef >/dev/null || { autoload -Uz compinit && compinit; }
autoload -Uz bashcompinit && bashcompinit
${body(verbs, '\n  # Lists begin at 0, as in bash.\n  emulate -L sh')}`;
}

/** No variable may be called `path` or `words`: zsh has its own of these names. */
function body(verbs: readonly Verb[], first = ''): string {
  const values = [...valuesOf(verbs)];
  const paths = verbs.filter(({ path }) => path !== '').map(({ path }) => `' ${path}'`);
  return `_plumb() {${first}
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} verb= offer= flags= word i given=0
  COMPREPLY=()
  # bash takes the = of --flag=value for a word of its own.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${values.map(([name]) => name).join(' | ')})
        i=$((i + 1))
        [[ \${COMP_WORDS[i]} == '=' ]] && i=$((i + 1))
        ;;
      -*) ;;
      *)
        case "$verb $word" in
          ${paths.join(' | ')}) verb="$verb $word" ;;
          *) given=$((given + 1)) ;;
        esac
        ;;
    esac
  done
  case $previous in
${values.map(([name, place]) => `    ${name}) ${offered(place)} ;;`).join('\n')}
    *)
      case $verb in
${verbs.map(choices).join('\n')}
      esac
      [[ $current == -* || -z $offer ]] && offer=$flags
      ;;
  esac
  COMPREPLY=($(compgen -W "$offer" -- "$current"))
}
# The environment that the line names is the one whose names are asked for.
_plumb_ask() {
  local -a named
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --env | --config)
        named=("\${COMP_WORDS[i]}")
        [[ \${COMP_WORDS[i + 1]} == '=' ]] && i=$((i + 1))
        i=$((i + 1))
        [[ $i -lt $COMP_CWORD ]] && named+=("\${COMP_WORDS[i]}") || named=()
        ;;
    esac
  done
  "\${COMP_WORDS[0]}" completion --words "$1" \${named[@]+"\${named[@]}"} 2>/dev/null
}
_plumb_files() {
  compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$1"))
}
complete -F _plumb plumb
`;
}

/** An argument is offered once: no verb takes two. */
function choices({ path, verbs, flags, argument }: Verb): string {
  const own = `flags='${flags.map(({ name }) => name).join(' ')}'`;
  const names = verbs.map(({ name }) => name);
  const offer = names.length > 0 ? offered({ from: 'words', words: names }) : offered(argument);
  const once =
    argument.from === 'nowhere' && names.length === 0 ? '' : ` [[ $given == 0 && $current != -* ]] && { ${offer}; };`;
  return `        '${path === '' ? '' : ` ${path}`}') ${own};${once} : ;;`.replace(/; : ;;$/, ' ;;');
}

/** What offers the words of a place; a file, and what nobody can guess, end it. */
function offered(place: Place): string {
  switch (place.from) {
    case 'words':
      return `offer='${place.words.join(' ')}'`;
    case 'program':
      return `offer=$(_plumb_ask ${place.kind})`;
    case 'files':
      return '_plumb_files "$current"; return';
    case 'nowhere':
      return 'return';
  }
}
