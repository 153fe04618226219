"""What is asked of rows: one small operation, read from any words, written as SQL or as Python."""
