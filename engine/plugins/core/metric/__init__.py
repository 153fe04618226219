"""Tasks that publish metrics."""
