"""The models a copilot can speak with, side by side: each behind its guard, with its planner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from copilot.errors import ProviderError, ProviderRefused
from copilot.planner.llm import ModelPlanner
from copilot.planner.request import Request
from copilot.planner.rules.planner import RulesPlanner
from copilot.planner.suggest import Catalogue
from copilot.providers.guard import Guard, Meter, Payload, Tally
from copilot.providers.roster import Listed
from copilot.providers.unsent import Unsent
from engine.model.moment import Clock
from engine.model.near import nearest
from engine.registry import Registry


@dataclass(slots=True)
class Terms:
    """How a turn is to be done: with which model, with what else to read; the meter counts it."""

    provider: str = ""
    """Name of the model's entry; empty for the default."""

    context: str = ""
    """More to read for the model, already fenced."""

    meter: Meter = field(default_factory=Meter)


@dataclass(frozen=True, slots=True)
class Voice:
    """A model with its guard and its planner."""

    guard: Guard
    planner: ModelPlanner


class Voices:
    """The models by name. `sizes` are the budgets of their planners, in tokens."""

    def __init__(
        self,
        listed: Sequence[Listed],
        registry: Registry,
        catalogue: Catalogue | None,
        *,
        tally: Tally | None,
        secret_values: Callable[[], Iterable[str]],
        clock: Clock,
        **sizes: int,
    ) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._secret_values = secret_values
        self._options: dict[str, Any] = {"clock": clock, **sizes}
        self._voices: dict[str, Voice] = {}
        self.default = next((one.name for one in listed if one.is_default), "")
        for one in listed:
            guard = Guard(one.provider, secret_values, tally=tally, price=one.price)
            self._voices[one.name] = Voice(guard, self._planner(guard))

    def _planner(self, guard: Guard) -> ModelPlanner:
        return ModelPlanner(guard, self._registry, self._catalogue, **self._options)

    @property
    def guard(self) -> Guard | None:
        """The guard of the default model, None without one."""
        voice = self._voices.get(self.default)
        return voice.guard if voice is not None else None

    @property
    def names(self) -> list[tuple[str, str, bool]]:
        """Name, model and whether it is the default, of every model."""
        return [(name, voice.guard.model, name == self.default) for name, voice in self._voices.items()]

    def pick(self, name: str) -> Voice | None:
        """Return a model by name, the default for none; None for the rules. Raises ProviderRefused."""
        if name in ("", self.default):
            return self._voices.get(self.default)
        if name == RulesPlanner.name:
            return None
        if name not in self._voices:
            near = nearest(name, self._voices)
            known = ", ".join((*self._voices, RulesPlanner.name))
            hint = f"did you mean '{near}'?" if near else f"choose one of {known}"
            raise ProviderRefused(f"there is no model '{name}'; {hint}")
        return self._voices[name]

    async def preview(self, request: Request, *, editing: bool) -> Payload:
        """Return what a planner would send, redacted as it would leave; nothing is sent."""
        planner, meter = self._planner(Guard(Unsent(), self._secret_values)), Meter()
        with suppress(ProviderError):
            await (planner.edit(request, meter) if editing else planner.plan(request, meter))
        return meter.payloads[0]

    async def close(self) -> None:
        """Release the connections."""
        for voice in self._voices.values():
            await voice.guard.close()
