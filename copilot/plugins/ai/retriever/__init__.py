"""Sources of text to answer from."""
