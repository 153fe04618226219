"""Tasks on the files of a namespace."""
