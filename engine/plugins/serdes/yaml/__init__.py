"""YAML files from and to rows."""
