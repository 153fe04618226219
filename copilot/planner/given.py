"""The planner of a plan that was made before and looked at: it hands it over."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from copilot.errors import ReplyError
from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.planner.request import Failed, Request
from copilot.providers.guard import Meter
from engine.model.json import Json


class GivenPlanner:
    """Returns the plan it was given, as plan or as edit. Raises ReplyError when it is neither."""

    name = "plan"
    repairs = False

    def __init__(self, plan: Mapping[str, Json]) -> None:
        self._plan = dict(plan)

    async def plan(self, request: Request, meter: Meter, failed: Failed | None = None) -> Plan:
        """Return the plan of a new flow."""
        try:
            return Plan.model_validate(self._plan)
        except ValidationError as error:
            raise ReplyError(f"The plan cannot be read: {error.errors()[0]['msg']}") from error

    async def edit(self, request: Request, meter: Meter, failed: Failed | None = None) -> Edit:
        """Return the changes of the current flow."""
        try:
            return Edit.model_validate(self._plan)
        except ValidationError as error:
            raise ReplyError(f"The plan cannot be read: {error.errors()[0]['msg']}") from error
