"""Tasks that look at or change the execution they are part of."""
