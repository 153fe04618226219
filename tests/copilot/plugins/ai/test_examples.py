"""Every AI type is documented; every example is valid; those that need nothing external run to SUCCESS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.state import State
from engine.plugin import Plugin, Task
from engine.plugin.base import PREFIX
from engine.registry import Registry
from engine.validation.check import check

REGISTRY = Registry.load()
TYPES = [name for name in REGISTRY.types(Plugin) if name.startswith(f"{PREFIX}ai.")]
TASKS = [name for name in TYPES if issubclass(REGISTRY.resolve(name), Task)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all: the built-in embedding model is made once in its folder."""
    options = EngineOptions(
        home=tmp_path_factory.mktemp("examples"), environment={}, in_memory=True, schedule=False, threads=2
    )
    with Engine.open(options) as opened:
        yield opened


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_documented(name: str) -> None:
    plugin = REGISTRY.resolve(name)
    assert plugin.__doc__
    assert plugin.__doc__ != Plugin.__doc__
    assert [field for field, info in plugin.model_fields.items() if not info.description] == []
    assert all(REGISTRY.resolve(alias) is plugin for alias in plugin.aliases)


@pytest.mark.parametrize("name", TASKS)
def test_its_outputs_and_examples_are_right(name: str) -> None:
    plugin = REGISTRY.resolve(name)
    assert issubclass(plugin, Task)
    assert [field for field, info in plugin.gives.model_fields.items() if not info.description] == []
    assert plugin.examples
    for example in plugin.examples:
        assert [finding.text for finding in check(example.yaml, REGISTRY).findings] == []
        assert f"type: {name}\n" in example.yaml


def test_the_examples_without_a_key_find_by_meaning(engine: Engine) -> None:
    found = []
    for name in TASKS:
        for example in REGISTRY.resolve(name).examples:  # type: ignore[attr-defined]
            if example.runnable:
                row = engine.save(example.yaml)
                ended = engine.wait(engine.start(row.namespace, row.id).id, 60)
                assert ended.state is State.SUCCESS, [entry.message for entry in engine.logs(ended.id)]
                [search] = [run.outputs for run in ended.task_runs if run.task_id == "search"]
                found.append((search or {})["results"])
    assert found == [["Green taxis serve the outer boroughs."], ["A cat sleeps most of the day."]]
