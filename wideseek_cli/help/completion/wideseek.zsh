#compdef wideseek

_wideseek_completion() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _WIDESEEK_COMPLETE=complete_zsh wideseek)
}

compdef _wideseek_completion wideseek
