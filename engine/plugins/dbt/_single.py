"""The older tasks for one dbt command each."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.plugins.dbt._dbt import DbtTask
from engine.plugins.scripts._script import Session

_USUAL_PATH = "./bin/dbt"


class SingleTask(DbtTask):
    """Properties of a task that runs one dbt command."""

    abstract: ClassVar[bool] = True
    command: ClassVar[str] = ""
    """The dbt command."""
    selects: ClassVar[bool] = True
    """Whether the command takes a selection of nodes."""

    dbt_path: str = _USUAL_PATH
    """Path of the dbt program; without a file there, `dbt` of the image or environment."""
    debug: bool = False
    """Log more."""
    fail_fast: bool = False
    """Stop at the first node that fails."""
    warn_error: bool = False
    """Treat warnings as errors."""
    target_name: Annotated[str | None, Field(alias="target")] = None
    """The target of the profile."""
    thread: int | None = None
    """Number of threads."""
    select: list[str] | None = None
    """Nodes to take."""
    exclude: list[str] | None = None
    """Nodes to leave out."""
    selector: str | None = None
    """Name of a selector of the project."""
    full_refresh: bool = False
    """Build incremental models anew."""

    def texts(self) -> Sequence[str]:
        """Return no code: the author wrote none."""
        return ()

    def commands_of(self, session: Session) -> Sequence[str]:
        """Return the one command."""
        own = (session.folder / self.dbt_path).exists()
        program = self.dbt_path if own or self.dbt_path != _USUAL_PATH else "dbt"
        words = [program, *self._flags(), *self.command.split(), *self._options()]
        return [self.completed(shlex.join(words))]

    def _flags(self) -> list[str]:
        flags = (("--debug", self.debug), ("--fail-fast", self.fail_fast), ("--warn-error", self.warn_error))
        return [name for name, wanted in flags if wanted]

    def _options(self) -> list[str]:
        found: list[str] = []
        if self.target_name:
            found += ["--target", self.target_name]
        if not self.selects:
            return found
        if self.thread:
            found += ["--threads", str(self.thread)]
        if self.full_refresh and self.command in ("build", "run", "seed", "compile"):
            found.append("--full-refresh")
        for name, values in (("--select", self.select), ("--exclude", self.exclude)):
            found += [name, *values] if values else []
        return [*found, "--selector", self.selector] if self.selector else found
