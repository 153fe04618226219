"""Watches which plugin types a test really lets work, and keeps `engine/docs/tested.json` true.

The methods in which plugins do their work are watched as they are defined, the way a coverage tool watches
lines: what they do is not changed. A type counts as tested by a test that passed and in which its method came to an end without an error.

    pytest tests/engine/plugins/git --write-tested     # adds what these tests prove, keeps the rest

Every other run compares: when a test named in the file passed without letting its type work, the run fails.

A test that uses a program or a service written for the tests in the place of the real one says so with the fixture
`stand_in`. What it proves is less; it is kept, with that mark, only as long as no test with the real one passes.
"""

from __future__ import annotations

import functools
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from engine.docs.tested import FILE, STAND_IN
from engine.plugin import Plugin, Task, Trigger
from engine.plugin.condition import Condition
from engine.plugin.runner import TaskRunner

WORK: dict[type[Plugin], frozenset[str]] = {
    Task: frozenset({"run", "wait", "branches", "change", "call", "calls"}),
    Trigger: frozenset({"next_fire", "poll", "matches"}),
    Condition: frozenset({"holds"}),
    TaskRunner: frozenset({"run"}),
}
"""Where each kind of plugin does its work; of other kinds every public method counts."""

ROOMS = ("engine", "retrieval", "copilot", "api")
KEPT = 3
"""How many tests of a type are named."""

Proofs = dict[str, list[str]]

_running: set[str] = set()
"""Types that have worked since the present test began."""


def works(plugin: type[Plugin], method: str) -> bool:
    """Tell whether a plugin does its work in this method."""
    for kind, names in WORK.items():
        if issubclass(plugin, kind):
            return method in names
    return True


def _has_place(plugin: type[Plugin]) -> bool:
    """Tell whether a class is a type of ours that flows can name, no part of one and no private one."""
    module = plugin.__module__
    return (
        bool(plugin.type_id)
        and "$" not in plugin.type_id
        and "._" not in module
        and (module.partition(".")[0] in ROOMS)
    )


def _watched(method: Callable[..., Any]) -> Callable[..., Any]:
    name = method.__name__

    @functools.wraps(method)
    def call(self: Plugin, *given: Any, **named: Any) -> Any:
        result = method(self, *given, **named)
        plugin = type(self)
        if _has_place(plugin) and works(plugin, name):
            _running.add(plugin.type_id)
        return result

    return call


def _watch_new_classes() -> None:
    original = Plugin.__init_subclass__.__func__  # type: ignore[attr-defined]

    def begin(cls: type[Plugin], **given: Any) -> None:
        original(cls, **given)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and not name.startswith("_"):
                setattr(cls, name, _watched(value))

    Plugin.__init_subclass__ = classmethod(begin)  # type: ignore[method-assign,assignment]


_watch_new_classes()


class Watcher:
    """What one process has seen, or on the controlling one what all have."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.known = read(FILE)
        self.named = {bare(test) for tests in self.known.values() for test in tests}
        self.proofs: dict[str, set[str]] = defaultdict(set)
        self.passed: set[str] = set()
        self.problems: list[str] = []
        self._mark = ""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        _running.clear()
        self._mark = STAND_IN if "stand_in" in getattr(item, "fixturenames", ()) else ""
        yield

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if hasattr(report, "node") or report.when != "call" or not report.passed:
            return  # a report of another process, which sends what it has seen by itself
        for type_id in _running:
            self.proofs[type_id].add(f"{report.nodeid}{self._mark}")
        if report.nodeid in self.named:
            self.passed.add(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen = getattr(node, "workeroutput", {}).get("exercised")
        for type_id, tests in seen["proofs"].items() if seen else ():
            self.proofs[type_id].update(tests)
        self.passed.update(seen["passed"] if seen else ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workeroutput"):
            proofs = {type_id: sorted(tests) for type_id, tests in self.proofs.items()}
            self.config.workeroutput["exercised"] = {"proofs": proofs, "passed": sorted(self.passed)}
        elif self.config.getoption("--write-tested"):
            write(
                FILE, merged(read(FILE), self.proofs, self.passed)
            )  # another run may have written meanwhile
        else:
            self.problems = drift(self.known, self.proofs, self.passed)
            if self.problems:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for problem in self.problems:
            terminalreporter.write_line(f"tested.json: {problem}", red=True)


@pytest.fixture(scope="session")
def stand_in() -> None:
    """Say that a test uses something written for it in the place of the real program or service."""


def bare(test: str) -> str:
    """Return the id of a test without the mark of a stand-in."""
    return test.removesuffix(STAND_IN)


def drift(known: Proofs, proofs: dict[str, set[str]], passed: set[str]) -> list[str]:
    """Return what the file says and this run has shown to be untrue."""
    return [
        f"{type_id} did not work in {test}; run pytest with --write-tested"
        for type_id, tests in sorted(known.items())
        for test in tests
        if bare(test) in passed and test not in proofs.get(type_id, ())
    ]


def merged(known: Proofs, proofs: dict[str, set[str]], passed: set[str]) -> Proofs:
    """Return the proofs with those of this run: what it has shown to be untrue goes, what is true stays.

    New ones are the tests that let fewest types work, those of plugins before others. Tests with a stand-in
    go when there is one with the real thing.
    """
    types_of: dict[str, int] = defaultdict(int)
    for tests in proofs.values():
        for test in tests:
            types_of[test] += 1

    def rank(test: str) -> tuple[bool, bool, bool, int, int, str]:
        weak = test.endswith(STAND_IN)
        odd = not test.isascii() or len(test) > 140
        return weak, odd, not test.startswith("tests/engine/plugins/"), types_of[test], len(test), test

    found: Proofs = {}
    for type_id in sorted(known.keys() | proofs.keys()):
        seen = proofs.get(type_id, set())
        kept = [test for test in known.get(type_id, ()) if test in seen or bare(test) not in passed]
        kept = [test for test in kept if Path(test.partition("::")[0]).is_file()]
        new = sorted((test for test in seen if test not in kept), key=rank)
        real = [test for test in (*kept, *new) if not test.endswith(STAND_IN)]
        if tests := sorted((real or [*kept, *new])[:KEPT]):
            found[type_id] = tests
    return found


def read(file: Path) -> Proofs:
    """Return what the file says; nothing when there is none yet."""
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def write(file: Path, proofs: Proofs) -> None:
    """Write the file, sorted, one test a line; readers see the old or the new one."""
    partial = file.with_suffix(f".{os.getpid()}.part")
    partial.write_text(json.dumps(proofs, indent=1, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(file)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-tested",
        action="store_true",
        help="Write engine/docs/tested.json from what these tests prove.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Watcher(config), "exercised")
