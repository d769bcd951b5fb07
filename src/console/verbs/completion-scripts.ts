// Scripts that teach a shell the verbs. Each finds the longest beginning of the line that is a verb, and offers what
// can stand there; nothing is asked of a control plane, so that a key never waits for one.
import type { CompletionEntry } from './completion-table.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const NAME = 'emisar-console';

export function completionScript(shell: Shell, table: readonly CompletionEntry[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](table);
}

/** What both POSIX-like shells share: functions that print words, one case for each verb. */
function posixTable(table: readonly CompletionEntry[]): string {
  const cases = (line: (entry: CompletionEntry) => string) => table.map(line).join('\n');
  const words = cases(({ path, words: list }) => `    '${path}') echo '${list.join(' ')}' ;;`);
  const flags = cases(({ path, flags: list }) => `    '${path}') echo '${list.join(' ')}' ;;`);
  const values = table
    .flatMap(({ path, values: list }) =>
      list.map(([flag, known]) => `    '${path} ${flag}') echo '${known.join(' ')}' ;;`),
    )
    .join('\n');
  return `_emisar_console_words() {
  case "$1" in
${words}
    *) return 1 ;;
  esac
}
_emisar_console_flags() {
  case "$1" in
${flags}
  esac
}
_emisar_console_values() {
  case "$1" in
${values}
    *) return 1 ;;
  esac
}`;
}

function bashScript(table: readonly CompletionEntry[]): string {
  return `# bash: eval "$(${NAME} completion bash)", for example in ~/.bashrc
${posixTable(table)}
_emisar_console() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' word found
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    _emisar_console_words "\${path:+$path }$word" >/dev/null && path="\${path:+$path }$word"
  done
  if found=$(_emisar_console_values "$path $prev"); then :
  elif [[ $cur == -* ]]; then found=$(_emisar_console_flags "$path")
  else found=$(_emisar_console_words "$path"); fi
  COMPREPLY=($(compgen -W "$found" -- "$cur"))
}
complete -o default -F _emisar_console ${NAME}
`;
}

function zshScript(table: readonly CompletionEntry[]): string {
  return `#compdef ${NAME}
# zsh: eval "$(${NAME} completion zsh)" after compinit, or save it as _${NAME} in a folder of $fpath
${posixTable(table)}
_emisar_console() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} verb='' word found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    _emisar_console_words "\${verb:+$verb }$word" >/dev/null && verb="\${verb:+$verb }$word"
  done
  if found=$(_emisar_console_values "$verb $prev"); then :
  elif [[ $cur == -* ]]; then found=$(_emisar_console_flags "$verb")
  else found=$(_emisar_console_words "$verb"); fi
  [[ -n $found ]] && compadd -- \${=found} || _files
}
compdef _emisar_console ${NAME}
# Set only while it completes: read from $fpath, this file is the function that was asked.
[[ -n $CURRENT ]] && _emisar_console "$@"
`;
}

function fishScript(table: readonly CompletionEntry[]): string {
  const cases = (lines: readonly (readonly [string, readonly string[]])[]) =>
    lines
      .map(([key, words]) => `    case '${key}'\n      string split ' ' -- '${words.join(' ')}'`)
      .join('\n');
  const words = cases(table.map(({ path, words: list }) => [path, list]));
  const flags = cases(table.map(({ path, flags: list }) => [path, list]));
  const values = cases(
    table.flatMap(({ path, values: list }) =>
      list.map(([flag, known]) => [`${path} ${flag}`, known] as const),
    ),
  );
  return `# fish: ${NAME} completion fish > ~/.config/fish/completions/${NAME}.fish
function __emisar_console_words
  switch "$argv[1]"
${words}
    case '*'
      return 1
  end
  return 0
end
function __emisar_console_flags
  switch "$argv[1]"
${flags}
  end
end
function __emisar_console_values
  switch "$argv[1]"
${values}
    case '*'
      return 1
  end
  return 0
end
function __emisar_console_complete
  set -l typed (commandline -opc)[2..-1]
  set -l cur (commandline -ct)
  set -l verb ''
  for word in $typed
    set -l longer (string trim -- "$verb $word")
    __emisar_console_words "$longer" >/dev/null; and set verb $longer
  end
  if set -q typed[-1]; and __emisar_console_values "$verb $typed[-1]"
    return
  end
  if string match -q -- '-*' "$cur"
    __emisar_console_flags "$verb"
  else
    __emisar_console_words "$verb"
  end
end
complete -c ${NAME} -f -a '(__emisar_console_complete)'
`;
}
