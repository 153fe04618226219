"""What a rule says about a failure: the reason, the place, and a change or an advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from copilot.plan.operation import Operation
from copilot.skills.fix.failure import Failure, written
from engine.model.finding import Finding, Severity
from engine.model.json import Json
from engine.source.document import Path


@dataclass(frozen=True, slots=True)
class Remedy:
    """A reason that fits. `operations` mend the flow; without them `advice` says what to do and where."""

    code: str
    problem: str
    advice: str
    path: str
    line: int | None = None
    operations: tuple[Operation, ...] = ()

    @property
    def finding(self) -> Finding:
        """The remedy as a finding: it informs, it does not block."""
        return Finding(
            f"fix-{self.code}", self.problem, self.path, self.line, None, Severity.WARNING, self.advice
        )


Rule: TypeAlias = Callable[[Failure], Remedy | None]
"""Returns the remedy when the failure is one the rule knows."""


def advise(
    failure: Failure, code: str, problem: str, advice: str, at: Path = (), *, line: int | None = None
) -> Remedy:
    """Return a remedy without a change; `at` is the property inside the failed task."""
    return Remedy(code, problem, advice, written((*failure.path, *at)), line or failure.line(*at))


def change(
    failure: Failure, code: str, problem: str, advice: str, at: Path, *operations: Operation
) -> Remedy:
    """Return a remedy that changes the flow."""
    return Remedy(code, problem, advice, written((*failure.path, *at)), failure.line(*at), operations)


def put(failure: Failure, at: Path, value: Json) -> Operation:
    """Return the operation that sets a property of the failed task."""
    return Operation(op="set", path=dotted((*failure.path, *at)), value=value, because="the failure")


def put_in(task_path: Path, at: Path, value: Json) -> Operation:
    """Return the operation that sets a property of any task."""
    return Operation(op="set", path=dotted((*task_path, *at)), value=value, because="the failure")


def dotted(path: Path) -> str:
    """Write a path for an operation; keys with dots are quoted."""
    text = ""
    for step in path:
        name = str(step)
        if isinstance(step, str) and any(letter in name for letter in ".[]' "):
            text += f"['{name}']"
        else:
            text += f".{name}" if text else name
    return text
