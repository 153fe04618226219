"""Tasks that run scripts and commands of any language."""
