/** Each hands the words so far, the unfinished one last, to `arcbox __complete`, which prints a candidate a line. */
export const completionScripts = {
  bash: `
# bash completion for arcbox
_arcbox() {
  local IFS=$'\\n' words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(compgen -W "$(arcbox __complete -- "\${words[@]}" 2>/dev/null | cut -f1)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _arcbox arcbox
`,
  zsh: `
#compdef arcbox
_arcbox() {
  local -a candidates
  local line
  for line in "\${(@f)$(arcbox __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then _describe arcbox candidates; else _files; fi
}
if [[ $funcstack[1] == _arcbox ]]; then _arcbox "$@"; else compdef _arcbox arcbox; fi
`,
  fish: `
# fish completion for arcbox
complete -c arcbox -a '(set -l words (commandline -opc) (commandline -ct); arcbox __complete -- $words[2..-1] 2>/dev/null)'
`,
} as const;
