"""Lists of Redis."""
