"""Tasks on files outside of the internal storage."""
