"""Storage: the ports, their backends and the files."""
