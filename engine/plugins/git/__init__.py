"""Tasks on Git repositories."""
