"""What all dbt tasks share: where dbt comes from, its log, its results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from engine.errors import TaskFailure
from engine.model.state import State
from engine.plugin import STATIC
from engine.plugins.core.runner.process import Process
from engine.plugins.dbt._command import with_options
from engine.plugins.dbt._log import DbtMessages
from engine.plugins.dbt._result import take_results
from engine.plugins.scripts._environment import Wanted, local_python
from engine.plugins.scripts._files import inside
from engine.plugins.scripts._pip import installs_in
from engine.plugins.scripts._protocol import Messages
from engine.plugins.scripts._script import ScriptTask, Session

_IN_IMAGE = re.compile(r"dbt-(\w+)")
_IN_PROFILES = re.compile(r"^\s*[\"']?type[\"']?\s*:\s*[\"']?(\w+)", re.MULTILINE)
_NOT_ADAPTERS = frozenset({"core", "labs", "fusion"})
_BUILT = "--only-binary dbt-core-experimental-parser"
"""Versions of dbt that would need a compiler are passed over."""


class DbtTask(ScriptTask):
    """A task that runs dbt.

    Without a Docker daemon dbt comes from an isolated environment, with the adapter that the image's name
    or the profile names.
    """

    abstract: ClassVar[bool] = True
    image: ClassVar[str] = "ghcr.io/kestra-io/dbt"

    profiles: str | None = None
    """Content of `profiles.yml`, written into the working directory."""
    project_dir: str | None = None
    """The folder of the dbt project, relative to the working directory."""
    parse_run_results: bool = True
    """Keep `run_results.json` and `manifest.json` as output files, and the time of every node as a metric."""
    log_format: Literal["JSON", "TEXT", "DEBUG", "NONE"] = "JSON"
    """How dbt writes its log; from JSON every line gets its level. NONE adds no option to the commands."""
    engine: Annotated[Literal["CORE", "FUSION"], STATIC] = "CORE"
    """Which dbt the image holds."""

    def messages(self, session: Session) -> Messages:
        """Return what reads dbt's output."""
        return DbtMessages(session.ctx)

    def ended(self, session: Session, messages: Messages) -> None:
        """End in WARNING when dbt warned."""
        if isinstance(messages, DbtMessages) and messages.warned:
            session.ctx.final_state = State.WARNING

    def completed(self, line: str) -> str:
        """Return a command with the options every dbt command gets."""
        options = {"--project-dir": self.project_dir} if self.project_dir else {}
        if self.log_format != "NONE":
            options["--log-format"] = self.log_format.lower()
        return with_options(line, {**options, "--log-path": "logs"})

    def target(self, session: Session) -> Path:
        """Return the folder dbt writes to."""
        project = inside(session.folder, self.project_dir) if self.project_dir else session.folder
        return project / "target"

    def wanted(self, session: Session, image: str) -> Wanted | None:
        """Return an environment with dbt and its adapter, in place of the image."""
        if isinstance(session.runner, Process):
            return super().wanted(session, image)
        installs = installs_in([*self.before_commands, *self.texts()])
        if any("dbt" in line for line in installs):
            return Wanted(local_python(), installs=installs)
        adapters = self._adapters(image)
        if not adapters:
            raise TaskFailure(
                "It is not clear which adapter dbt needs; name it in `containerImage` "
                "(ghcr.io/kestra-io/dbt-duckdb), give `profiles`, or install it in `beforeCommands`"
            )
        return Wanted(local_python(), (_BUILT, "dbt-core", *adapters), installs)

    def _adapters(self, image: str) -> list[str]:
        named = [name for name in _IN_IMAGE.findall(image) if name not in _NOT_ADAPTERS]
        return sorted({f"dbt-{name}" for name in named or _IN_PROFILES.findall(self.profiles or "")})

    @contextmanager
    def _prepared(self, session: Session, image: str) -> Iterator[None]:
        if self.profiles:
            (session.folder / "profiles.yml").write_text(self.profiles, "utf-8")
            session.env.setdefault("DBT_PROFILES_DIR", self.env.get("DBT_PROFILES_DIR", str(session.folder)))
        with super()._prepared(session, image):
            yield

    def _collected(self, session: Session) -> dict[str, str]:
        found = super()._collected(session)
        return (
            {**found, **take_results(session.ctx, self.target(session))} if self.parse_run_results else found
        )
