"""What the functions of a template reach: keys, secrets, files, logs — in the name of one execution."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from engine.errors import Expired, ExpressionError, ForbiddenPath, NotFound
from engine.model import uri as uris
from engine.model.execution import TaskRun
from engine.model.json import Json, dumps, loads
from engine.model.log import Level
from engine.model.moment import now
from engine.plugin.context import World


class RunServices:
    """Functions in the context of a namespace, and of an execution if there is one.

    `masks` collects every secret that was read, so that logs can hide it. `parents` are executions whose
    files may be read as well.
    """

    def __init__(
        self,
        world: World,
        namespace: str,
        masks: set[str],
        *,
        execution_id: str = "",
        parents: frozenset[str] = frozenset(),
        runs: Callable[[], Iterable[TaskRun]] = tuple,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._world = world
        self._namespace = namespace
        self._masks = masks
        self._execution_id = execution_id
        self._parents = parents
        self._runs = runs
        self._clock = clock

    def kv(self, key: str, namespace: str | None, *, error_on_missing: bool) -> Json:
        """Return the value of the namespace, or of the nearest parent namespace that has the key."""
        start = namespace or self._namespace
        if start.startswith("_"):
            # Accounts, tokens and what plugins remember: never values of flows.
            raise ExpressionError(f"kv: the namespace '{start}' belongs to the service itself")
        for level in _levels(start) if namespace is None else (start,):
            entry = self._world.store.kv.get(level, key)
            if entry is None:
                continue
            if entry.expires is not None and entry.expires <= self._clock():
                self._world.store.kv.delete(level, key)
                raise Expired(f"The requested value of the key '{key}' has expired")
            return entry.value
        if error_on_missing:
            raise NotFound(f"The key '{key}' does not exist in the namespace '{start}'.")
        return None

    def secret(self, key: str, namespace: str | None, subkey: str | None) -> str:
        """Return the secret and remember it for masking."""
        value = self._world.secrets.get(key)
        self._masks.add(value)
        if subkey is None:
            return value
        found = loads(value).get(subkey)
        if found is None:
            raise NotFound(f"The secret '{key}' has no key '{subkey}'")
        self._masks.add(str(found))
        return str(found)

    def read(self, path: str, namespace: str | None) -> str:
        """Return the text of a stored file or of a namespace file."""
        try:
            return self._world.files.read(self._path(path, namespace)).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ExpressionError(
                f"The file '{path}' is not UTF-8 text, so `read` cannot give it; pass its address to a task"
            ) from error

    def file_uri(self, path: str, namespace: str | None) -> str:
        """Return the address of a namespace file; it need not exist."""
        return uris.to_uri(self._namespace_path(path, namespace))

    def file_size(self, path: str) -> int:
        """Return the size in bytes."""
        return self._world.files.info(self._path(path, None)).size

    def file_exists(self, path: str) -> bool:
        """Tell whether the file exists."""
        return self._world.files.exists(self._path(path, None))

    def error_logs(self) -> list[dict[str, Json]]:
        """Return the ERROR entries of the execution, oldest first."""
        if not self._execution_id:
            return []
        logs = self._world.store.executions.logs(execution_id=self._execution_id, min_level=Level.ERROR)
        return [
            {
                "timestamp": entry.timestamp,
                "level": str(entry.level),
                "message": entry.message,
                "taskId": entry.task_id,
                "taskRunId": entry.task_run_id,
            }
            for entry in logs.results
        ]

    def tasks_with_state(self, state: str) -> list[dict[str, Json]]:
        """Return task, value and state of the task runs in this state."""
        found: list[dict[str, Json]] = []
        for run in list(self._runs()):
            if run.state == state.upper():
                entry: dict[str, Json] = {"taskId": run.task_id, "state": str(run.state)}
                if run.value is not None:
                    entry["value"] = run.value
                found.append(entry)
        return found

    def http(self, uri: str, options: dict[str, Json]) -> Json:
        """Make a request; the body is parsed by its content type."""
        import httpx
        import yaml

        method = str(options.get("method") or "GET")
        headers = {"Accept": "*/*", **{str(k): str(v) for k, v in (options.get("headers") or {}).items()}}
        body = options.get("body")
        if isinstance(body, dict | list):
            body = dumps(body).decode()
        if body is not None:
            headers.setdefault("Content-Type", str(options.get("contentType") or "application/json"))
        try:
            response = httpx.request(
                method, uri, params=options.get("query"), content=body, headers=headers, timeout=60,
                follow_redirects=True,
            )  # fmt: skip
        except httpx.HTTPError as error:
            raise ExpressionError(f"http('{uri}') failed: {error}") from error
        if response.status_code >= 300:
            raise ExpressionError(f"http('{uri}') answered {response.status_code}")
        kind = response.headers.get("content-type", "")
        if "json" in kind:
            return response.json()
        return yaml.safe_load(response.text) if "yaml" in kind else response.text

    def _path(self, path: str, namespace: str | None) -> str:
        if path.startswith("nsfile://"):
            owner, _, rest = path.removeprefix("nsfile://").partition("/")
            return self._namespace_path(rest, owner or namespace)
        if not path.startswith(f"{uris.SCHEME}/"):
            return self._namespace_path(path, namespace)
        found = uris.to_path(path)
        mine = {self._execution_id, *self._parents}
        if "/executions/" in found and not any(f"/executions/{one}/" in f"/{found}" for one in mine if one):
            raise ForbiddenPath(
                f"Unable to read the file '{path}' as it didn't belong to the current execution"
            )
        if "/executions/" not in found and not found.startswith(uris.namespace_path(self._namespace) + "/"):
            raise ForbiddenPath(f"Unable to read the file '{path}' as it belongs to another namespace")
        return found

    def _namespace_path(self, path: str, namespace: str | None) -> str:
        if "../" in path or path.endswith(".."):
            raise ForbiddenPath("Path must not contain '../'")
        prefix = uris.namespace_files_prefix(namespace or self._namespace)
        return f"{prefix}/{uris.safe_path(path)}"


def _levels(namespace: str) -> list[str]:
    parts = namespace.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
