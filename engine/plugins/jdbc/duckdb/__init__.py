"""DuckDB: SQL over files and local databases."""
