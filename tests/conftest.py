"""Fixtures for every room."""

from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]
