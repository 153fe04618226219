"""CSV files from and to rows."""
