"""Every example of the group is valid; those that need nothing external run to SUCCESS."""

from __future__ import annotations

import pytest

from tests.engine.plugins.samples import assert_documented, assert_runs, types_of

TYPES = types_of("notifications")


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_documented_with_valid_examples(name: str) -> None:
    assert_documented(name)


@pytest.mark.parametrize("name", TYPES)
def test_its_runnable_examples_succeed(name: str, run, engine) -> None:
    assert_runs(name, run, engine)
