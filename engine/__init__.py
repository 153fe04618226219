"""The embedded engine: flows, expressions, executions, storage and plugins."""
