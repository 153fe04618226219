"""The store in a PostgreSQL database: for any number of processes on any number of machines."""

from __future__ import annotations

from engine.storage.postgresql.beside import PostgresBeside
from engine.storage.postgresql.database import PostgresDatabase
from engine.storage.postgresql.members import PostgresMembers
from engine.storage.sql.store import SqlStore

__all__ = ["PostgresStore"]


class PostgresStore(SqlStore):
    """A store in the schema `flowsmith` of a database; the address is what libpq reads."""

    def __init__(self, url: str) -> None:
        database = PostgresDatabase(url)
        members = PostgresMembers(database)
        super().__init__(database, members, PostgresBeside(members.queue))
