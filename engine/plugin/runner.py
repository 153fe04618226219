"""Task runners: where the process of a script task runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engine.model.json import Json
from engine.plugin.base import Plugin

if TYPE_CHECKING:
    from engine.plugin.context import RunContext


@dataclass(frozen=True, slots=True)
class Command:
    """A process to run in `work_dir`. `env` is added to what the runner gives by itself.

    `on_line` gets every line of its output while it runs: the text without its end, and whether it came
    from the error stream.
    """

    argv: Sequence[str]
    work_dir: Path
    on_line: Callable[[str, bool], None]
    env: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended; `details` become the output `taskRunner`."""

    exit_code: int
    details: Mapping[str, Json] | None = None


class TaskRunner(Plugin):
    """Runs the process of a script task: here, in a container, in a cluster."""

    abstract: ClassVar[bool] = True

    container: ClassVar[bool] = False
    """Whether the process sees the software of an image instead of this machine's."""

    def effective(self, ctx: RunContext, image: str | None) -> TaskRunner:
        """Return the runner that will do the work: this one, or another if this one cannot run here."""
        return self

    def base_env(self) -> dict[str, str]:
        """Return the variables of a process before the task adds its own."""
        return {}

    def run(self, ctx: RunContext, command: Command) -> Ran:
        """Run the process to its end, or until `ctx` is cancelled; raises TaskFailure if it cannot start."""
        raise NotImplementedError
