"""Values of Redis."""
