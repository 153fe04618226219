"""What a planner is asked, and the one interface of both planners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copilot.plan.operation import Edit
from copilot.plan.plan import Plan
from copilot.providers.guard import Meter

ROUNDS = 2
"""How often a plan that did not pass the gate goes back to its planner."""

CALLS = 3
"""How many calls of a model one draft may cost, whatever comes back."""


@dataclass(frozen=True, slots=True)
class Request:
    """The user's words and where they were said."""

    words: str
    current_yaml: str | None = None
    namespace: str | None = None
    flow_id: str | None = None
    context: str = ""
    """More to read for a model, already fenced: a failure, earlier turns, passages."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A plan that did not pass the gate, for another round: what was written and what is wrong with it."""

    plan: Plan | Edit
    problems: tuple[str, ...]


class Planner(Protocol):
    """Makes plans and edits. Raises Refusal, ReplyError and ProviderError."""

    @property
    def name(self) -> str:
        """Name shown with the draft."""

    @property
    def repairs(self) -> bool:
        """Whether it can be asked again with the problems of its plan."""

    async def plan(self, request: Request, meter: Meter, failed: Failed | None = None) -> Plan:
        """Plan a new flow."""

    async def edit(self, request: Request, meter: Meter, failed: Failed | None = None) -> Edit:
        """Plan changes of the current flow."""
