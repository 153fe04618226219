"""Google Cloud tasks, one folder for each service."""
