"""Tasks on key-value entries of a namespace."""
