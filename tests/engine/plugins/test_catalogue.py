"""The whole catalogue: every type is documented, shown by valid examples, and proven by a test."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from engine.docs.tested import FILE, STAND_IN, proofs, status
from engine.model.state import State
from engine.plugin import FlowableTask, Plugin, Task, Trigger
from engine.plugin.condition import Condition
from engine.plugin.task import Example
from engine.validation.check import check
from tests.engine.plugins.samples import REGISTRY
from tests.exercised import ROOMS, drift, merged, write

ROOT = Path(__file__).resolve().parents[3]
TYPES = [
    name for name in REGISTRY.types(Plugin) if REGISTRY.resolve(name).__module__.partition(".")[0] in ROOMS
]
EXAMPLES: dict[str, Example] = {
    f"{name}-{number}": example
    for name in TYPES
    for number, example in enumerate(getattr(REGISTRY.resolve(name), "examples", ()))
}
RUNNABLE = {name: example for name, example in EXAMPLES.items() if example.runnable}

OUTSIDE = ("://", "secret(", "type: FILE", "/data/", "/shared/", "flowId:", "core.flow.Pause", "io.kestra.plugin.scripts.", "io.kestra.plugin.docker.", "io.kestra.plugin.dbt.", "triggers:", "core.flow.AllowFailure", "executionId:", "bootstrap.servers", "core.tasks.scripts.Node")  # fmt: skip
"""What an example that is not run may need: an address, a secret, a file of somebody, another flow, a person,
a program that is not on every machine, an event; or it shows a failure."""


@pytest.mark.parametrize("type_id", TYPES)
def test_a_type_is_documented_and_shown(type_id: str) -> None:
    plugin = REGISTRY.resolve(type_id)
    assert plugin.__doc__ and plugin.__doc__ != Plugin.__doc__
    bare = [name for name, field in plugin.model_fields.items() if not field.description]
    if issubclass(plugin, Task | Trigger):
        bare += [name for name, field in plugin.gives.model_fields.items() if not field.description]
    assert bare == []
    if issubclass(plugin, Task | Trigger | Condition):
        assert plugin.examples, "a page without an example teaches nothing"
    for alias in plugin.aliases:
        assert REGISTRY.resolve(alias) is plugin


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_valid_and_shows_its_type(name: str) -> None:
    source = EXAMPLES[name].yaml
    checked = check(source, REGISTRY)
    assert [finding.text for finding in checked.findings if finding.blocking] == []
    assert f"type: {name.rpartition('-')[0]}\n" in source


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_runnable_example_succeeds(name: str, run, engine) -> None:
    execution = run(RUNNABLE[name].yaml)
    problems = [entry.message for entry in engine.logs(execution.id) if entry.level == "ERROR"]
    assert (execution.state, problems) == (State.SUCCESS, [])


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - RUNNABLE.keys()))
def test_an_example_that_is_not_run_needs_something_external(name: str) -> None:
    source = EXAMPLES[name].yaml
    assert any(mark in source for mark in OUTSIDE), "set `runnable=True`"


def test_flowables_have_no_properties_of_their_own_for_errors_and_finally() -> None:
    for type_id in REGISTRY.types(FlowableTask):
        assert not {"errors", "finally_"} & REGISTRY.resolve(type_id).model_fields.keys(), type_id


@pytest.mark.parametrize("type_id", TYPES)
def test_a_type_has_a_test_in_which_it_works(type_id: str) -> None:
    tests = proofs().get(type_id, ())
    assert tests, f"write one, then run it: pytest <file> --write-tested (it fills {FILE.name})"
    for test in tests:
        file, _, function = test.removesuffix(STAND_IN).partition("::")
        assert function.partition("[")[0].rpartition("::")[2] in _functions(ROOT / file), test


def test_only_types_of_the_catalogue_are_said_to_be_tested() -> None:
    assert sorted(proofs().keys() - set(TYPES)) == []


@cache
def _functions(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_a_proof_that_is_no_longer_true_is_found() -> None:
    known = {"a.Type": ["tests/x.py::one", "tests/x.py::two"], "b.Type": ["tests/x.py::one"]}
    seen = {"a.Type": {"tests/x.py::one"}}
    assert drift(known, seen, {"tests/x.py::one"}) == [
        "b.Type did not work in tests/x.py::one; run pytest with --write-tested"
    ]
    assert drift(known, seen, set()) == []


def test_a_stand_in_proves_less_than_the_real_thing() -> None:
    test = "tests/engine/plugins/test_catalogue.py::one"
    weak = f"{test}{STAND_IN}"
    assert [status(tests) for tests in ((), (weak,), (weak, test))] == [
        "not tested",
        "tested with a stand-in",
        "tested",
    ]
    assert drift({"a.Type": [test]}, {"a.Type": {weak}}, {test}) != []
    assert drift({"a.Type": [weak]}, {"a.Type": {weak}}, {test}) == []
    assert merged({"a.Type": [weak]}, {"a.Type": {f"{test}_real"}}, set()) == {"a.Type": [f"{test}_real"]}
    assert merged({"a.Type": [test]}, {"a.Type": {weak}}, {test}) == {"a.Type": [weak]}


def test_what_a_run_proves_is_added_and_what_it_disproves_goes(tmp_path: Path) -> None:
    here = "tests/engine/plugins/test_catalogue.py"
    known = {"a.Type": [f"{here}::old", f"{here}::wrong", "tests/gone.py::x"], "b.Type": [f"{here}::wrong"]}
    seen = {"a.Type": {f"{here}::{name}" for name in ("new", "other", "more")}, "c.Type": {f"{here}::new"}}
    found = merged(known, seen, {f"{here}::wrong"})
    assert found == {
        "a.Type": [f"{here}::more", f"{here}::old", f"{here}::other"],
        "c.Type": [f"{here}::new"],
    }
    write(tmp_path / "tested.json", found)
    assert (tmp_path / "tested.json").read_text().startswith('{\n "a.Type": [\n')
