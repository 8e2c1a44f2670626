_k8slint_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _K8SLINT_COMPLETE=complete_bash $1 ) )
    return 0
}

complete -o default -F _k8slint_completion k8slint
