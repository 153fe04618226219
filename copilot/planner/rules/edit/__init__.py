"""Changes of a flow in words, one kind of change per file."""
