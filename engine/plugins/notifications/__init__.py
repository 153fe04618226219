"""Tasks that tell people what happened."""
