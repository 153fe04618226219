"""JSON files from and to rows."""
