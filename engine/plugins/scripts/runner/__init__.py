"""Task runners for scripts."""
