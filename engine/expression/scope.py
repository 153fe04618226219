"""Where a template is rendered: its variables, the services behind its functions, the server's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from zoneinfo import ZoneInfo

from engine.expression.services import NoServices, Services
from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Scope:
    """Variables are JSON values, moments, dates and times; maps are never changed while rendering, but may
    grow meanwhile in another thread: whoever iterates one copies its items first.
    """

    variables: Mapping[str, Json]
    services: Services = field(default_factory=NoServices)
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def with_variables(self, extra: Mapping[str, Json]) -> Scope:
        """Return a scope with more variables; the new ones win."""
        return Scope({**self.variables, **extra}, self.services, self.zone)
