"""Functions about files and the web."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.environment import Env
from engine.expression.value import Long
from engine.model.json import Json


def file_exists(path: Json, *, env: Env) -> bool:
    """Tell whether a file of this execution or of the namespace exists.

    path: its `kestra:///` address, or its path in the namespace files

    `{{ fileExists('sql/q.sql') }}` -> `true`
    """
    return env.scope.services.file_exists(expect.text(path, "fileExists"))


def file_size(path: Json, *, env: Env) -> Json:
    """Return the size of a file in bytes.

    path: its `kestra:///` address, or its path in the namespace files

    `{{ fileSize('sql/q.sql') }}` -> `8`
    """
    return Long(env.scope.services.file_size(expect.text(path, "fileSize")))


def file_uri(path: Json, namespace: Json = None, *, env: Env) -> str:
    """Return the `kestra:///` address of a namespace file; it need not exist.

    path: its path in the namespace files
    namespace: the namespace; the flow's when left out

    `{{ fileURI('dir/x.txt') }}` -> `kestra:///my/namespace/_files/dir/x.txt`
    `{{ fileURI('../x.txt') }}` -> error
    """
    inside = expect.text(path, "fileURI")
    if "../" in inside or inside.endswith(".."):
        raise ExpressionError("Path must not contain '../'")
    return env.scope.services.file_uri(inside, _namespace(namespace, "fileURI"))


def http(
    uri: Json,
    method: Json = "GET",
    query: Json = None,
    body: Json = None,
    content_type: Json = "application/json",
    accept: Json = None,
    headers: Json = None,
    options: Json = None,
    *,
    env: Env,
) -> Json:
    """Make a web request and return the body of the answer, read by its type: JSON and YAML become values.

    uri: the address
    method: GET, POST, PUT, PATCH or DELETE
    query: a map of query parameters
    body: what to send
    contentType: the type of what is sent
    accept: the type asked for
    headers: a map of headers
    options: a map of options, like timeouts

    `{{ http(uri='https://host/api', method='POST', body={'a': 1}).result }}` -> `ok`
    """
    given = {
        "method": expect.text(method, "http"),
        "query": query,
        "body": body,
        "contentType": content_type,
        "accept": accept,
        "headers": headers,
        "options": options,
    }
    address = expect.text(uri, "http")
    return env.scope.services.http(address, {key: part for key, part in given.items() if part is not None})


def is_file_empty(path: Json, *, env: Env) -> bool:
    """Tell whether a file has no content.

    path: its `kestra:///` address, or its path in the namespace files

    `{{ isFileEmpty('sql/q.sql') }}` -> `false`
    """
    return env.scope.services.file_size(expect.text(path, "isFileEmpty")) == 0


def read(path: Json, namespace: Json = None, *, env: Env) -> str:
    """Return the text of a file of this execution or of the namespace.

    path: its `kestra:///` address, or its path in the namespace files
    namespace: the namespace of a namespace file; the flow's when left out

    `{{ read('sql/q.sql') }}` -> `SELECT 1`
    `{{ read('missing.txt') }}` -> error
    """
    return env.scope.services.read(expect.text(path, "read"), _namespace(namespace, "read"))


def _namespace(namespace: Json, name: str) -> str | None:
    return None if namespace is None else expect.text(namespace, name)


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "fileExists": file_exists,
    "fileSize": file_size,
    "fileURI": file_uri,
    "http": http,
    "isFileEmpty": is_file_empty,
    "read": read,
}
