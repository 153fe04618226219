"""Finding plugin classes by type id, alias and nearest name."""

import subprocess
import sys
from types import ModuleType
from typing import ClassVar

import pytest

from engine.errors import NotFound
from engine.model.alias import ALIASES
from engine.model.near import nearest
from engine.plugin import Task, Trigger
from engine.plugin.base import Plugin, properties_of
from engine.registry import Registry, plugins_in


class Copy(Task):
    type_id: ClassVar[str] = "org.example.Copy"
    aliases: ClassVar[tuple[str, ...]] = ("org.example.OldCopy",)


class Move(Task):
    type_id: ClassVar[str] = "org.example.Move"
    deprecated: ClassVar[str | None] = "Copy"


class Watch(Trigger):
    type_id: ClassVar[str] = "org.example.Watch"


class Shared(Task):
    abstract: ClassVar[bool] = True


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture
def own() -> Registry:
    return Registry(classes=(Move, Copy, Watch))


def test_built_in_types_are_known_without_importing_them() -> None:
    code = (
        "import sys; from engine.registry import Registry; r = Registry.load();"
        "assert 'io.kestra.plugin.core.flow.ForEach' in r.names();"
        "print([m for m in sys.modules if m.startswith('engine.plugins.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_built_in_type_loads_and_has_the_id_of_its_place(registry: Registry) -> None:
    assert registry.names()
    for name in registry.names():
        assert registry.resolve(name).type_id == name


def test_every_plugin_has_readable_properties(registry: Registry) -> None:
    for name in registry.names():
        marks = properties_of(registry.resolve(name))
        assert marks.static | marks.typed | marks.nested | marks.containers <= marks.names.keys()


def test_aliases_lead_to_the_same_class(registry: Registry, own: Registry) -> None:
    log = registry.resolve("io.kestra.plugin.core.log.Log")
    assert registry.resolve("io.kestra.core.tasks.log.Log") is log
    assert registry.canonical("io.kestra.core.tasks.log.Log") == "io.kestra.plugin.core.log.Log"
    assert registry.aliases("io.kestra.plugin.core.log.Log") == ["io.kestra.core.tasks.log.Log"]
    assert own.resolve("org.example.OldCopy") is Copy


def test_the_alias_table_has_the_renamed_ones() -> None:
    assert ALIASES["io.kestra.core.tasks.flows.Worker"] == "io.kestra.plugin.core.flow.WorkingDirectory"
    assert ALIASES["io.kestra.plugin.core.flow.WaitFor"] == "io.kestra.plugin.core.flow.LoopUntil"
    assert (
        ALIASES["io.kestra.core.models.conditions.types.VariableCondition"]
        == "io.kestra.plugin.core.condition.Expression"
    )
    assert not set(ALIASES) & set(ALIASES.values())


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("io.kestra.plugin.core.log.Logg", "io.kestra.plugin.core.log.Log"),
        ("io.kestra.plugin.core.flow.foreach", "io.kestra.plugin.core.flow.ForEach"),
        ("Log", "io.kestra.plugin.core.log.Log"),
        ("core.log.Log", "io.kestra.plugin.core.log.Log"),
        ("io.kestra.plugin.core.debug.Log", "io.kestra.plugin.core.log.Log"),
        ("io.kestra.plugin.core.flow.ForEech", "io.kestra.plugin.core.flow.ForEach"),
    ],
)
def test_an_unknown_type_names_the_nearest(registry: Registry, wrong: str, near: str) -> None:
    with pytest.raises(NotFound, match=f"unknown type '{wrong}'; did you mean {near}\\?"):
        registry.resolve(wrong)
    assert registry.find(wrong) is None


def test_nothing_is_near_to_something_else(registry: Registry) -> None:
    with pytest.raises(NotFound) as caught:
        registry.resolve("com.acme.Zzzzzz")
    assert "did you mean" not in str(caught.value)


def test_types_are_listed_by_kind_with_deprecated_ones_last(own: Registry) -> None:
    assert own.types(Task) == ["org.example.Copy", "org.example.Move"]
    assert own.types(Trigger) == ["org.example.Watch"]
    assert own.types(Plugin) == ["org.example.Copy", "org.example.Watch", "org.example.Move"]


def test_abstract_classes_cannot_be_added(own: Registry) -> None:
    with pytest.raises(ValueError, match="Shared"):
        own.add(Shared)


def test_an_entry_point_may_name_a_class_a_module_or_a_list() -> None:
    module = ModuleType(__name__)
    vars(module).update(Copy=Copy, Watch=Watch, Shared=Shared, Task=Task, other=3)
    assert list(plugins_in(Copy)) == [Copy]
    assert list(plugins_in([Copy, Move])) == [Copy, Move]
    assert list(plugins_in(module)) == [Copy, Watch]
    assert list(plugins_in(3)) == []


@pytest.mark.parametrize(
    ("word", "near"),
    [("MESSAGE", "message"), ("run_if", "runIf"), ("mesage", "message"), ("zzz", None), ("", None)],
)
def test_the_nearest_name_ignores_case_and_punctuation(word: str, near: str | None) -> None:
    assert nearest(word, ["message", "runIf", "level"]) == near
