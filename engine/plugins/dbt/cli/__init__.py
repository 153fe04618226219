"""Tasks of the dbt command line."""
