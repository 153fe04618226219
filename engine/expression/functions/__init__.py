"""Functions by family: each is a Python function and a line in its family's table."""
