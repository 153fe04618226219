"""Tasks that are written by templates."""
