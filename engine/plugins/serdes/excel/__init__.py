"""Excel files from and to rows."""
