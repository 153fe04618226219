"""Parquet files from and to rows."""
