"""A server that takes messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.plugins.hooks import HookServer, hook_server


@pytest.fixture
def hook() -> Iterator[HookServer]:
    with hook_server() as server:
        yield server
