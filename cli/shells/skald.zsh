#compdef skald
# zsh completion for skald; made by `skald completion zsh`. What may stand next is asked of skald itself.

_skald() {
  local program=${~words[1]} line
  local -a earlier described part
  (( CURRENT > 2 )) && earlier=("${(@Q)words[2,CURRENT-1]}")
  for line in "${(@f)$("$program" __complete "${earlier[@]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    part=("${(@ps:\t:)line}")
    case $part[1] in
      word) described+=("${part[2]//:/\\:}${part[3]:+:$part[3]}") ;;
      files)
        [[ -n $part[2] ]] && compset -P "${(b)part[2]}"
        _files
        ;;
      folders)
        [[ -n $part[2] ]] && compset -P "${(b)part[2]}"
        _files -/
        ;;
    esac
  done
  # The newest first, as skald has them.
  (( $#described )) && _describe -V skald described
}

if [[ $funcstack[1] == _skald ]]; then
  _skald "$@"
else
  compdef _skald skald
fi
