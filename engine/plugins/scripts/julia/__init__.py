"""Julia scripts."""
