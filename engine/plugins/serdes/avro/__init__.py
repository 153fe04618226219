"""Avro files from and to rows."""
