"""The context a plugin runs in: who it runs for, its variables, logs, files and the wish to stop."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import IO, BinaryIO

from engine.errors import ForbiddenPath, TaskFailure
from engine.expression.scope import Scope
from engine.expression.template import render
from engine.model import uri as uris
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.log import Level, Metric
from engine.model.moment import now
from engine.model.state import State
from engine.plugin.base import Resolver
from engine.plugin.flows import Flows
from engine.secrets import Secrets
from engine.storage.cipher import Cipher
from engine.storage.files import FileStorage
from engine.storage.ports import Store


@dataclass(frozen=True, slots=True)
class Where:
    """Whom a plugin runs for. A trigger has no execution yet: the ids of execution and task run are empty."""

    namespace: str
    flow_id: str
    flow_revision: int = 1
    execution_id: str = ""
    task_id: str = ""
    task_run_id: str = ""
    attempt: int = 1
    value: str | None = None
    trigger_id: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What is shared by everything that runs in this process. `settings` are for plugins, by their id."""

    store: Store
    files: FileStorage
    secrets: Secrets
    home: Path
    settings: Mapping[str, Json]
    resolver: Resolver
    environment: Mapping[str, str]
    """Variables templates see under `envs`, names without their prefix and in lower case."""
    zone: tzinfo
    """The server's time zone."""
    trigger_changed: Callable[[str, str, str], None] = lambda namespace, flow_id, trigger_id: None
    """Tells the scheduler of this process that the stored state of a trigger was changed by a task."""
    flows: Flows | None = None
    """Saves and deletes flows; None where plugins run without an engine."""
    cipher: Cipher | None = None
    """Encrypts what must not be readable in the database; None when the operator gave no key."""


class RunContext:
    """Given to `Task.run` and its relatives; used by one thread, `cancel` may come from another."""

    def __init__(
        self,
        where: Where,
        world: World,
        scope: Scope,
        *,
        emit_log: Callable[[Level, str], None],
        emit_metric: Callable[[Metric], None],
        parents: frozenset[str] = frozenset(),
        work_dir: Path | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.where = where
        self.world = world
        self.scope = scope
        self.clock = clock
        self.cancelled = threading.Event()
        self.final_state = State.SUCCESS
        """State to end in when `run` returns; a task may set WARNING."""
        self.timed_out = False
        self.time_limit: timedelta | None = None
        """The task's `timeout`; the executor ends the attempt, a plugin may wait for others that long."""
        self._emit_log = emit_log
        self._emit_metric = emit_metric
        self._parents = parents
        self._given_dir = work_dir
        self._own_dir: Path | None = None
        self._on_cancel: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    # -- templates and messages

    @property
    def variables(self) -> Mapping[str, Json]:
        """The variables templates see."""
        return self.scope.variables

    def render(self, value: Json, extra: Mapping[str, Json] | None = None) -> Json:
        """Render a static property (per row, late, …) with more variables if given."""
        return render(value, self.scope.with_variables(extra) if extra else self.scope)

    def log(self, level: Level, message: str) -> None:
        """Write to the execution's log; secrets are masked."""
        self._emit_log(level, message)

    def debug(self, message: str) -> None:
        """Log at DEBUG."""
        self._emit_log(Level.DEBUG, message)

    def info(self, message: str) -> None:
        """Log at INFO."""
        self._emit_log(Level.INFO, message)

    def warn(self, message: str) -> None:
        """Log at WARN."""
        self._emit_log(Level.WARN, message)

    def error(self, message: str) -> None:
        """Log at ERROR."""
        self._emit_log(Level.ERROR, message)

    def metric(self, name: str, value: float, kind: str = "counter", **tags: str) -> None:
        """Publish a metric: `counter`, `timer` (seconds) or `gauge`."""
        self._emit_metric(Metric(name, kind, value, tags))

    # -- files

    @property
    def work_dir(self) -> Path:
        """A folder of this task run, made on first use and removed afterwards."""
        if self._given_dir is not None:
            self._given_dir.mkdir(parents=True, exist_ok=True)
            return self._given_dir
        if self._own_dir is None:
            base = self.world.home / "work"
            base.mkdir(parents=True, exist_ok=True)
            self._own_dir = Path(tempfile.mkdtemp(prefix=f"{self.where.task_id[:40]}-", dir=base)).resolve()
        return self._own_dir

    def open(self, uri: str) -> BinaryIO:
        """Open a file of this execution, of its parents or of its namespace for reading."""
        return self.world.files.open(self._readable(uri))

    def read_text(self, uri: str) -> str:
        """Return the file's UTF-8 text; raises TaskFailure when it is none."""
        with self.open(uri) as file:
            content = file.read()
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TaskFailure(
                f"'{uri}' is not UTF-8 text (byte {error.start}); give the address of a text file"
            ) from error

    def size(self, uri: str) -> int:
        """Return the file's size in bytes."""
        return self.world.files.info(self._readable(uri)).size

    def put(self, name: str, content: bytes | IO[bytes] | Path) -> str:
        """Store a file of this task run and return its `kestra:///` address."""
        name = uris.safe_path(name).replace("/", "_") or new_id()
        path = f"{self._prefix()}/{new_id()[:10]}-{name}"
        self.world.files.put(path, content)
        return uris.to_uri(path)

    def fetch(self, uri: str, target: Path) -> Path:
        """Copy a stored file to a place on this machine; parents are made."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.open(uri) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        return target

    def _prefix(self) -> str:
        at = self.where
        if at.task_run_id:
            return uris.task_run_prefix(at.namespace, at.flow_id, at.execution_id, at.task_id, at.task_run_id)
        return f"{uris.flow_prefix(at.namespace, at.flow_id)}/triggers/{uris.slugify(at.trigger_id)}"

    def _readable(self, uri: str) -> str:
        path = uris.to_path(uri)
        at = self.where
        own = f"{uris.namespace_path(at.namespace)}/"
        if path.startswith(own):
            executions = f"{uris.flow_prefix(at.namespace, at.flow_id)}/executions/"
            if not path.startswith(executions) or path.startswith(f"{executions}{at.execution_id}/"):
                return path
        if any(f"/executions/{parent}/" in f"/{path}" for parent in self._parents):
            return path
        raise ForbiddenPath(
            f"Unable to read the file '{uri}' as it didn't belong to the current execution; pass it to this "
            f"flow as an input or keep it as a namespace file"
        )

    # -- stopping

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call this when the task run is killed or its time is over; at once if it already is."""
        with self._lock:
            self._on_cancel.append(callback)
            late = self.cancelled.is_set()
        if late:
            callback()

    def cancel(self) -> None:
        """Ask the plugin to stop; used by the executor."""
        with self._lock:
            self.cancelled.set()
            callbacks = list(self._on_cancel)
        for callback in callbacks:
            callback()

    def close(self) -> None:
        """Remove the folder; used by the executor."""
        if self._own_dir is not None:
            shutil.rmtree(self._own_dir, ignore_errors=True)
