"""What a running template works on: its scope, its own variables, and what is left of the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from engine.errors import ExpressionError
from engine.expression.limits import MAX_OUTPUT, MAX_RENDERS, MAX_STEPS
from engine.expression.scope import Scope
from engine.model.json import Json

MISSING = object()

Nested: TypeAlias = Callable[[str, "Env"], str]


class Budget:
    """What one rendering may still spend."""

    __slots__ = ("chars", "depth", "steps")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.chars = MAX_OUTPUT
        self.depth = 0

    def step(self) -> None:
        """Spend one round of a loop."""
        self.steps -= 1
        if self.steps < 0:
            raise ExpressionError(f"The loops of this template run more than {MAX_STEPS} rounds")

    def spend(self, chars: int) -> None:
        """Spend characters of output."""
        self.chars -= chars
        if self.chars < 0:
            raise ExpressionError(f"The rendered text is longer than {MAX_OUTPUT} characters")

    def enter(self) -> None:
        """Go into a nested rendering."""
        self.depth += 1
        if self.depth > MAX_RENDERS:
            raise ExpressionError(f"`render()` and macros are nested deeper than {MAX_RENDERS}")

    def leave(self) -> None:
        """Come back."""
        self.depth -= 1


class Env:
    """One run of one template. `frames` holds variables made by tags; the scope is never changed.

    `nested` renders another template with the same variables and limits.
    """

    __slots__ = ("budget", "frames", "nested", "scope", "variables")

    def __init__(
        self,
        scope: Scope,
        variables: Mapping[str, Json],
        budget: Budget,
        nested: Nested,
        frames: list[dict[str, Json]] | None = None,
    ) -> None:
        self.scope = scope
        self.variables = variables
        self.budget = budget
        self.nested = nested
        self.frames = [{}] if frames is None else frames

    def local(self, name: str) -> Json:
        """Return the value of a variable, innermost first, or MISSING."""
        for frame in reversed(self.frames):
            if name in frame:
                return frame[name]
        return self.variables.get(name, MISSING)

    def assign(self, name: str, value: Json) -> None:
        """Change the variable where it exists, else make it in the innermost frame."""
        for frame in reversed(self.frames):
            if name in frame:
                frame[name] = value
                return
        (self.frames[0] if name in self.variables else self.frames[-1])[name] = value
