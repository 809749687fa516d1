_wideseek_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _WIDESEEK_COMPLETE=complete_bash $1 ) )
    return 0
}

complete -o default -F _wideseek_completion wideseek
