"""Running SQL tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.plugin import Plugin
from engine.registry import Registry
from tests.postgres import Database

MakeTask = Callable[..., Any]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture
def make_task(registry: Registry) -> MakeTask:
    """Return a factory: `make_task("duckdb.Query", sql=…)`."""

    def make(name: str, **properties: Any) -> Plugin:
        plugin = registry.resolve(f"io.kestra.plugin.jdbc.{name}")
        return plugin.model_validate(properties, context={"resolver": registry})

    return make


@pytest.fixture
def make_pg(make_task: MakeTask, postgres: Database) -> MakeTask:
    """Return a factory of tasks that are connected: `make_pg("Query", sql=…)`."""

    def make(name: str, **properties: Any) -> Plugin:
        login = {"url": postgres.jdbc_url, "username": postgres.user, "password": postgres.password}
        return make_task(f"postgresql.{name}", **login, **properties)

    return make
