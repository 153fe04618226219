"""Fixtures for every room, and the watch over which plugin types tests let work."""

from tests.exercised import pytest_addoption, pytest_configure, stand_in
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server", "pytest_addoption", "pytest_configure", "stand_in"]
