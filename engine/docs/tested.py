"""Which tests prove that a plugin type works; kept true by the tests themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal

from engine.model.json import loads

FILE: Final = Path(__file__).with_name("tested.json")
"""Type id to ids of tests; written by `pytest --write-tested`."""

STAND_IN: Final = " (stand-in)"
"""Follows the id of a test that uses something written for it in the place of the real program or service."""

Status = Literal["tested", "tested with a stand-in", "not tested"]


@cache
def proofs() -> Mapping[str, tuple[str, ...]]:
    """Return type id to the tests in which it worked; empty for types of other packages."""
    return {type_id: tuple(tests) for type_id, tests in loads(FILE.read_text("utf-8")).items()}


def status(tests: Sequence[str]) -> Status:
    """Return what tests of a type say about it."""
    if not tests:
        return "not tested"
    return "tested with a stand-in" if all(test.endswith(STAND_IN) for test in tests) else "tested"
