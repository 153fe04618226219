"""Packages that only some task types need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from engine.errors import TaskFailure


def optional(name: str, *, tasks: str, extra: str) -> Any:
    """Import a module of an optional package, when a task first needs it; raises TaskFailure.

    By name and untyped, because the package need not be there. `tasks`: what needs it, for the message.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise TaskFailure(
            f"{tasks} tasks need a package that is not installed here ({error.name or name}); "
            f"run: pip install 'flowsmith[{extra}]'"
        ) from error
