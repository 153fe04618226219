"""Every SQL statement of the store, written once for SQLite and PostgreSQL."""
