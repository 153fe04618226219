"""Which tests prove that a plugin type works; kept true by the tests themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from engine.model.json import loads

FILE: Final = Path(__file__).with_name("tested.json")
"""Type id to ids of tests; written by `pytest --write-tested`."""


@cache
def proofs() -> Mapping[str, tuple[str, ...]]:
    """Return type id to the tests in which it worked; empty for types of other packages."""
    return {type_id: tuple(tests) for type_id, tests in loads(FILE.read_text("utf-8")).items()}
