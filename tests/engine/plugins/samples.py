"""What holds for the examples and the documentation of every group of plugins."""

from __future__ import annotations

from engine.model.state import State
from engine.plugin import Plugin, Task
from engine.plugin.task import Example
from engine.registry import Registry
from engine.validation.check import check

PREFIX = "io.kestra.plugin."
REGISTRY = Registry.load()


def types_of(group: str) -> list[str]:
    """Return the task types of a group, without the prefix."""
    return [
        name.removeprefix(PREFIX) for name in REGISTRY.types(Task) if name.startswith(f"{PREFIX}{group}.")
    ]


def examples_of(name: str) -> list[Example]:
    return list(REGISTRY.resolve(f"{PREFIX}{name}").examples)  # type: ignore[attr-defined]


def assert_documented(name: str) -> None:
    """The class, its properties and its outputs have a text; its examples are valid and show it."""
    plugin = REGISTRY.resolve(f"{PREFIX}{name}")
    assert issubclass(plugin, Task)
    assert plugin.__doc__ and plugin.__doc__ != Plugin.__doc__
    assert [field for field, info in plugin.model_fields.items() if not info.description] == []
    assert [field for field, info in plugin.gives.model_fields.items() if not info.description] == []
    assert plugin.examples
    for example in plugin.examples:
        checked = check(example.yaml, REGISTRY)
        assert [finding.text for finding in checked.findings if finding.blocking] == []
        assert f"type: {PREFIX}{name}\n" in example.yaml
    for alias in plugin.aliases:
        assert REGISTRY.resolve(alias) is plugin


def assert_runs(name: str, run, engine) -> None:
    """The examples that need nothing external end in SUCCESS."""
    for example in examples_of(name):
        if example.runnable:
            execution = run(example.yaml)
            problems = [entry.message for entry in engine.logs(execution.id) if entry.level == "ERROR"]
            assert (execution.state, problems) == (State.SUCCESS, [])
