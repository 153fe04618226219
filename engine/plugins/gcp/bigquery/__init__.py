"""Queries, loads and tables of BigQuery."""
