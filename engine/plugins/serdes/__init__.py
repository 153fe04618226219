"""Tasks that turn files of other formats into row files and back."""
