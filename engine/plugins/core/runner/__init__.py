"""Task runners that need nothing but this machine."""
