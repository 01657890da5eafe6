# bash completion for skald; made by `skald completion bash`. What may stand next is asked of skald itself.

_skald() {
  local line=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]}
  program=${program/#\~\//$HOME/}

  # Bash replaces only what stands behind the last of these in the word: that much of a candidate is left out.
  local word=${line##*[[:space:]]} cut='' mark part
  for mark in : = @; do
    [[ $COMP_WORDBREAKS == *"$mark"* ]] || continue
    part=${word%"${word##*"$mark"}"}
    [ ${#part} -gt ${#cut} ] && cut=$part
  done

  COMPREPLY=()
  local kind text what found files
  while IFS=$'\t' read -r kind text what; do
    case $kind in
      word) COMPREPLY+=("${text#"$cut"}") ;;
      files | folders)
        compopt -o filenames 2>/dev/null
        files=(-f)
        [ "$kind" = folders ] && files=(-d)
        while IFS= read -r found; do
          found=$text$found
          COMPREPLY+=("${found#"$cut"}")
        done < <(compgen "${files[@]}" -- "${word#"$text"}")
        ;;
    esac
  done < <("$program" __complete --line "$line" 2>/dev/null)
  # The newest first, as skald has them.
  compopt -o nosort 2>/dev/null
  return 0
}

complete -F _skald skald
