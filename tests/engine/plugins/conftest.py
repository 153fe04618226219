"""Contexts for running plugins: a real `RunContext` over a temporary folder, with its logs kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.expression.scope import Scope
from engine.model.log import Level, Metric
from engine.plugin import Plugin
from engine.plugin.build import build
from engine.plugin.context import RunContext, Where, World
from engine.registry import Registry
from engine.secrets import Secrets
from engine.storage.files import FileStorage

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class RecordingContext(RunContext):
    """A context that keeps what was logged and measured."""

    logs: list[tuple[Level, str]]
    metrics: list[Metric]

    @property
    def messages(self) -> list[str]:
        """Only the texts of the log."""
        return [text for _, text in self.logs]


@cache
def registry() -> Registry:
    """Return all plugins."""
    return Registry.load()


def make_plugin(ctx: RunContext, type_id: str, **properties: Any) -> Any:
    """Return the plugin as the executor makes it: properties by YAML name, rendered, then validated.

    `type_id` without the prefix `io.kestra.plugin.`.
    """
    found: type[Plugin] = registry().resolve(f"io.kestra.plugin.{type_id}")
    return build(found, properties, ctx, registry())


@pytest.fixture
def run_task() -> Callable[..., Any]:
    """Return `run_task(ctx, "core.log.Log", message="hi")`, which gives the outputs by YAML name."""

    def run(ctx: RunContext, type_id: str, **properties: Any) -> dict[str, Any]:
        output = make_plugin(ctx, type_id, **properties).run(ctx)
        return {} if output is None else output.model_dump(by_alias=True)

    return run


@pytest.fixture
def plugin() -> Callable[..., Any]:
    """Return `plugin(ctx, "core.flow.If", condition="true", then=[…])`, which gives the plugin itself."""
    return make_plugin


MakeContext = Callable[..., RecordingContext]


@pytest.fixture
def make_context(tmp_path: Path) -> Iterator[MakeContext]:
    """Return a factory: `make_context(variables=…, environment=…, store=…, settings=…, **where fields)`.

    All contexts of one test share the file storage `tmp_path/files` and the store (a MemoryStore unless
    given); their `clock` answers `NOW` unless `clock=` is given. They are closed at the end of the test.
    """
    made: list[RecordingContext] = []
    shared: dict[str, Any] = {}

    def make(
        variables: Mapping[str, Any] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        store: Any = None,
        settings: Mapping[str, Any] | None = None,
        parents: frozenset[str] = frozenset(),
        work_dir: Path | None = None,
        clock: Callable[[], datetime] = lambda: NOW,
        **where: Any,
    ) -> RecordingContext:
        at = {
            "namespace": "company.team",
            "flow_id": "my-flow",
            "execution_id": "exec1",
            "task_id": "task",
            "task_run_id": "run1",
            **where,
        }
        if store is None:
            store = shared.get("store")
        if store is None:
            from engine.storage.memory import MemoryStore

            store = MemoryStore()
        shared["store"] = store
        files = shared.setdefault("files", FileStorage(str(tmp_path / "files")))
        world = World(
            store,
            files,
            Secrets(os.environ if environment is None else environment),
            tmp_path / "home",
            settings or {},
            registry(),
            {},
            ZoneInfo("UTC"),
        )
        scope = Scope(
            {
                "flow": {"id": at["flow_id"], "namespace": at["namespace"], "revision": 1},
                "execution": {"id": at["execution_id"]},
                **(variables or {}),
            }
        )
        logs: list[tuple[Level, str]] = []
        metrics: list[Metric] = []
        ctx = RecordingContext(
            Where(**at),
            world,
            scope,
            emit_log=lambda level, text: logs.append((level, text)),
            emit_metric=metrics.append,
            parents=parents,
            work_dir=work_dir,
            clock=clock,
        )
        ctx.logs, ctx.metrics = logs, metrics
        made.append(ctx)
        return ctx

    yield make
    for ctx in made:
        ctx.close()
