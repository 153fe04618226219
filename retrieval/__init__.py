"""Retrieval: documents become chunks, chunks an index in the key-value store; questions find passages."""
