"""Tasks of the Docker command line."""
