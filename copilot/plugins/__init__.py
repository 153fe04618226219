"""Task types above retrieval: laid out like `engine/plugins`, found through the entry point `ai`."""

TYPE_PREFIX = "io.kestra.plugin."
"""What the ids of the types in this package begin with."""
