"""How types are recognised in a clause and filled from it, one family of types per file."""
