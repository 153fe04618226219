"""Tasks on files of the internal storage."""
