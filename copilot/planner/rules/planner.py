"""The rules planner behind the interface of planners."""

from __future__ import annotations

from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.planner.request import Failed, Request
from copilot.planner.rules.change import change
from copilot.planner.rules.compose import compose
from copilot.planner.suggest import Catalogue, suggested
from copilot.providers.guard import Meter
from copilot.threads import run_sync
from engine.registry import Registry


class RulesPlanner:
    """Plans by rule and catalogue search; the same words give the same plan."""

    name = "rules"
    repairs = False

    def __init__(self, registry: Registry, catalogue: Catalogue | None) -> None:
        self._registry = registry
        self._catalogue = catalogue

    async def plan(self, request: Request, meter: Meter, failed: Failed | None = None) -> Plan:
        """Compose a new flow."""
        return await run_sync(
            compose,
            request.words,
            self._registry,
            self._suggest,
            namespace=request.namespace,
            flow_id=request.flow_id,
        )

    async def edit(self, request: Request, meter: Meter, failed: Failed | None = None) -> Edit:
        """Read the changes of the current flow."""
        return await run_sync(
            change, request.words, request.current_yaml or "", self._registry, self._suggest
        )

    def _suggest(self, words: str) -> list[str]:
        return suggested(self._catalogue, self._registry, words, 5)
