"""What both Python tasks share: packages and the version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugins.core.runner.process import Process
from engine.plugins.scripts._environment import Wanted, install_into, local_python
from engine.plugins.scripts._files import OWN_FOLDER
from engine.plugins.scripts._pip import installs_in
from engine.plugins.scripts._script import ScriptTask, Session

_IN_IMAGE = re.compile(r"python:(\d+\.\d+(?:\.\d+)?)")
_JSON_WORDS = "true, false, null = True, False, None"
_WORD = re.compile(r"\b(?:true|false|null)\b")
_FUTURE = re.compile(r"^from __future__ import [^#\n\\(]*$", re.MULTILINE)
_COMPOUND = re.compile(r"(?:if|for|while|with|try|def|class|async|match)\b|[@\s'\"rbufRBUF]")


class PythonTask(ScriptTask):
    """Packages, the Python version and how they are installed."""

    abstract: ClassVar[bool] = True
    image: ClassVar[str] = "python:3.13-slim"
    program: ClassVar[tuple[str, ...]] = ("python",)
    usual_env: ClassVar[Mapping[str, str]] = {
        "PYTHONUNBUFFERED": "true",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    cure: ClassVar[str] = "list the package that brings it in `dependencies`"

    dependencies: list[str] = []
    """Packages the script needs, with or without version (`pandas`, `requests>=2.32`). They are installed
    once into an isolated environment that is kept for the next run."""
    python_version: str | None = None
    """The Python version, like `3.12`; by default the one in the image's name, else the service's own."""
    package_manager: Literal["UV", "PIP"] = "UV"
    """What installs the packages; uv does it in both cases, reading pip's settings."""
    dependency_cache_enabled: bool = True
    """Whether the installed packages are kept for the next run."""
    uv_auto_install_enabled: bool = True
    """Without effect: uv comes with the service."""
    uv_installer_version: str | None = None
    """Without effect: uv comes with the service."""
    uv_installer_sha256: str | None = None
    """Without effect: uv comes with the service."""

    def wanted(self, session: Session, image: str) -> Wanted:
        """Return the environment: the packages, and apart from others what the script itself installs."""
        return Wanted(
            self._interpreter(session, image),
            tuple(line for line in map(str.strip, self.dependencies) if line),
            installs_in([*self.before_commands, *self.texts()]),
            self.dependency_cache_enabled,
        )

    @contextmanager
    def _prepared(self, session: Session, image: str) -> Iterator[None]:
        if session.runner.container and self.dependencies:
            folder = session.folder / OWN_FOLDER / session.ctx.where.task_run_id / "packages"
            named = _IN_IMAGE.search(image)
            version = self.python_version or (named[1] if named else "3.13")
            install_into(session.ctx, folder, version, self.dependencies)
            session.env["PYTHONPATH"] = str(folder)
        with super()._prepared(session, image):
            yield

    def _interpreter(self, session: Session, image: str) -> Path:
        if self.python_version:
            return local_python(self.python_version)
        named = _IN_IMAGE.search(image) if self.container_image else None
        if named and not isinstance(session.runner, Process):
            try:
                return local_python(named[1])
            except TaskFailure as failure:
                session.ctx.debug(f"{failure.message.split(';')[0]}; its own Python is used")
        return local_python()


def with_json_words(script: str) -> str:
    """Let `true`, `false` and `null` be read as Python's words, as rendered JSON brings them.

    The lines keep their numbers where the first line allows it, so tracebacks point to the author's lines.
    """
    if not _WORD.search(script):
        return script
    future = list(_FUTURE.finditer(script))
    if future:
        end = future[-1].end()
        return f"{script[:end].rstrip()}; {_JSON_WORDS}{script[end:]}"
    first = script.partition("\n")[0]
    if not first.strip() or first.startswith("#"):
        return f"{_JSON_WORDS}  {script}" if first.startswith("#") else f"{_JSON_WORDS}{script[len(first) :]}"
    return f"{_JSON_WORDS}{chr(10) if _COMPOUND.match(first) else '; '}{script}"
