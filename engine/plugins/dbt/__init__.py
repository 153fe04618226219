"""dbt: transformations in SQL."""
