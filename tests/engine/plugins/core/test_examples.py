"""Every example of a core plugin is a valid flow; those that need nothing external run to SUCCESS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.model.state import State
from engine.plugin import FlowableTask, Plugin, Task, Trigger
from engine.plugin.condition import Condition
from engine.plugin.task import Example
from engine.registry import Registry
from engine.validation.check import check

REGISTRY = Registry.load()
TYPES = [name for name in REGISTRY.types(Plugin) if name.startswith("io.kestra.plugin.core.")]


def examples() -> Iterator[tuple[str, Example]]:
    for name in TYPES:
        for number, example in enumerate(getattr(REGISTRY.resolve(name), "examples", ())):
            yield f"{name.removeprefix('io.kestra.plugin.core.')}-{number}", example


EXAMPLES = dict(examples())
RUNNABLE = {name: example for name, example in EXAMPLES.items() if example.runnable}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_and_shows_its_type(name: str) -> None:
    checked = check(EXAMPLES[name].yaml, REGISTRY)
    assert [finding.text for finding in checked.findings if finding.blocking] == []
    assert f"type: io.kestra.plugin.core.{name.rpartition('-')[0]}\n" in EXAMPLES[name].yaml


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_runnable_example_succeeds(name: str, run, engine) -> None:
    execution = run(RUNNABLE[name].yaml)
    problems = [entry.message for entry in engine.logs(execution.id) if entry.level == "ERROR"]
    assert (execution.state, problems) == (State.SUCCESS, [])


@pytest.mark.parametrize("type_id", TYPES)
def test_everything_is_documented(type_id: str) -> None:
    plugin = REGISTRY.resolve(type_id)
    assert plugin.__doc__ and plugin.__doc__ != Plugin.__doc__
    undocumented = [name for name, field in plugin.model_fields.items() if not field.description]
    if issubclass(plugin, Task | Trigger):
        undocumented += [name for name, field in plugin.gives.model_fields.items() if not field.description]
    assert undocumented == []
    if issubclass(plugin, Task | Trigger | Condition):
        assert plugin.examples


def test_flowables_have_no_properties_of_their_own_for_errors_and_finally() -> None:
    for type_id in REGISTRY.types(FlowableTask):
        assert not {"errors", "finally_"} & REGISTRY.resolve(type_id).model_fields.keys(), type_id
