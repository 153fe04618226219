"""Running script tasks, and a package that needs no registry."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.plugin import Task
from engine.registry import Registry

PROCESS = {"type": "io.kestra.plugin.core.runner.Process"}

MakeTask = Callable[..., Task]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture
def make_task(registry: Registry) -> MakeTask:
    """Return a factory: `make_task("shell.Commands", commands=[…])`, on the process runner."""

    def make(name: str, **properties: Any) -> Task:
        plugin = registry.resolve(f"io.kestra.plugin.scripts.{name}")
        values = {"taskRunner": PROCESS, **properties}
        task = plugin.model_validate(values, context={"resolver": registry})
        assert isinstance(task, Task)
        return task

    return make


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    """Return `dependencies` that install the package `tiny` from a folder."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "answer = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return ["--no-index", f"--find-links {folder}", "tiny"]
