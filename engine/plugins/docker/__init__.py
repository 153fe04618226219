"""Tasks that run, build, move and remove Docker images and containers."""
