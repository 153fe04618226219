"""XML files from and to rows."""
