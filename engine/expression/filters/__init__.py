"""Filters by family: each is a function and a line in its family's table."""
