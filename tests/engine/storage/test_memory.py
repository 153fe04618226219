from __future__ import annotations

import pytest

from engine.storage.memory import MemoryStore
from engine.storage.ports import Store
from tests.engine.storage.contract import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()
