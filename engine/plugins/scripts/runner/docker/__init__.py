"""Scripts in Docker containers."""
