"""All built-in plugins: the path of a file is the type id of its class."""

TYPE_PREFIX = "io.kestra.plugin."
"""What the ids of the types in this package begin with."""
