"""The small world in which the examples of the reference hold; also a place to try expressions in."""

from __future__ import annotations

from engine.errors import ExpressionError, NotFound
from engine.expression.scope import Scope
from engine.model.json import Json


def example_scope() -> Scope:
    """Return a scope with a few variables, files, secrets and stored values."""
    return Scope(
        {
            "flow": {"id": "hello", "namespace": "my.namespace", "revision": 1},
            "inputs": {"x": "world", "n": 3, "nothing": None},
            "outputs": {
                "extract": {"uri": "kestra:///my/namespace/hello/data.csv", "rows": 2},
                "make": {"v1": {"value": "made"}, "v2": {"value": "other"}},
                "my-task": {"value": "hyphen"},
            },
            "taskrun": {"id": "run1", "value": "v1"},
            "vars": {"a": "{{ vars.b }}", "b": "{{ 1 + 1 }}"},
        },
        ExampleServices(),
    )


class ExampleServices:
    """Services over a handful of fixed values."""

    def kv(self, key: str, namespace: str | None, *, error_on_missing: bool) -> Json:
        """Return one of two values."""
        stored: dict[str, Json] = {"conf": {"host": "db1", "port": 5432}, "count": 7}
        if key not in stored and error_on_missing:
            place = namespace or "my.namespace"
            raise NotFound(f"The key '{key}' does not exist in the namespace '{place}'.")
        return stored.get(key)

    def secret(self, key: str, namespace: str | None, subkey: str | None) -> str:
        """Return the one secret."""
        if key != "DB_PWD":
            raise NotFound(f"Cannot find secret for key '{key}'.")
        return "s3cret"

    def read(self, path: str, namespace: str | None) -> str:
        """Return the text of the one file."""
        if path != "sql/q.sql":
            raise NotFound(f"The file '{path}' does not exist")
        return "SELECT 1"

    def file_uri(self, path: str, namespace: str | None) -> str:
        """Return the address."""
        return f"kestra:///{(namespace or 'my.namespace').replace('.', '/')}/_files/{path}"

    def file_size(self, path: str) -> int:
        """Return the size of the one file."""
        return len(self.read(path, None))

    def file_exists(self, path: str) -> bool:
        """Tell whether it is the one file."""
        return path == "sql/q.sql"

    def error_logs(self) -> list[dict[str, Json]]:
        """Return one entry."""
        return [{"taskId": "load", "level": "ERROR", "message": "boom"}]

    def tasks_with_state(self, state: str) -> list[dict[str, Json]]:
        """Return one failed task run."""
        return [{"taskId": "load", "state": state}] if state == "FAILED" else []

    def http(self, uri: str, options: dict[str, Json]) -> Json:
        """Answer one address."""
        if uri != "https://host/api":
            raise ExpressionError(f"'{uri}' cannot be reached")
        return {"result": "ok", "method": options["method"], "body": options.get("body")}
