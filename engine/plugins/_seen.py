"""What a polling trigger has seen: the version of each thing, kept in the store between two looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from engine.plugin import RunContext

Change = Literal["CREATE", "UPDATE"]
On = Literal["CREATE", "UPDATE", "CREATE_OR_UPDATE"]


class Seen:
    """Versions by address.

    `namespace` begins with `_`: no flow can have such a one. `state_key`: by default the trigger's own.
    `ttl`: how long a thing is remembered after it was last there; None: for ever.
    """

    def __init__(self, ctx: RunContext, namespace: str, state_key: str | None, ttl: timedelta | None) -> None:
        self._ctx, self._namespace = ctx, namespace
        at = ctx.where
        self._key = f"{at.namespace}/{state_key or f'{at.flow_id}/{at.trigger_id}'}"
        self._moment = ctx.clock()
        self._known = self._load(ttl)

    def change(self, address: str, version: str) -> Change | None:
        """Return how a thing differs from what was seen; None when it does not. Nothing is remembered."""
        entry = self._known.get(address)
        if entry is None:
            return "CREATE"
        return None if entry["version"] == version else "UPDATE"

    def wanted(self, address: str, version: str, on: On) -> Change | None:
        """Return the change if it is one that starts the flow; anything else is remembered at once."""
        change = self.change(address, version)
        if change is not None and change in on.split("_OR_"):
            return change
        self.note(address, version)
        return None

    def note(self, address: str, version: str) -> None:
        """Remember a version."""
        self._known[address] = {"version": version, "seen": self._moment.isoformat()}

    def forget(self, address: str) -> None:
        """Forget a thing, so that the next one of its address is new."""
        self._known.pop(address, None)

    def save(self) -> None:
        """Write to the store."""
        self._ctx.world.store.kv.put(self._namespace, self._key, self._known, "JSON", self._moment)

    def _load(self, ttl: timedelta | None) -> dict[str, Any]:
        entry = self._ctx.world.store.kv.get(self._namespace, self._key)
        known = entry.value if entry is not None and isinstance(entry.value, Mapping) else {}
        if ttl is None:
            return dict(known)
        oldest = self._moment - ttl
        return {at: item for at, item in known.items() if datetime.fromisoformat(item["seen"]) >= oldest}
