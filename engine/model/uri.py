"""Addresses of files: `kestra:///company/team/my-flow/executions/<id>/…`."""

from __future__ import annotations

import re
import unicodedata
from posixpath import normpath

from engine.errors import ForbiddenPath

SCHEME = "kestra://"


def slugify(text: str) -> str:
    """Write a name as a path part: ASCII letters, digits and `-`, lower case."""
    text = re.sub(r"\s", "-", text)
    text = unicodedata.normalize("NFD", text)
    text = re.sub(r"[^\w-]", "", text, flags=re.ASCII).replace("_", "-")
    return re.sub(r"-{2,}", "-", text).removeprefix("-").removesuffix("-").lower()


def namespace_path(namespace: str) -> str:
    """`company.team` is `company/team`."""
    return namespace.replace(".", "/")


def flow_prefix(namespace: str, flow_id: str) -> str:
    """Return the folder of a flow, without slashes at the ends."""
    return f"{namespace_path(namespace)}/{slugify(flow_id)}"


def execution_prefix(namespace: str, flow_id: str, execution_id: str) -> str:
    """Return the folder of an execution."""
    return f"{flow_prefix(namespace, flow_id)}/executions/{execution_id}"


def task_run_prefix(namespace: str, flow_id: str, execution_id: str, task_id: str, task_run_id: str) -> str:
    """Return the folder of a task run."""
    return f"{execution_prefix(namespace, flow_id, execution_id)}/tasks/{slugify(task_id)}/{task_run_id}"


def namespace_files_prefix(namespace: str) -> str:
    """Return the folder of a namespace's files."""
    return f"{namespace_path(namespace)}/_files"


def to_uri(path: str) -> str:
    """Write a storage path as an address."""
    return f"{SCHEME}/{path.lstrip('/')}"


def to_path(uri: str) -> str:
    """Read a storage path from `kestra:///…`; raises ForbiddenPath when it leaves the storage."""
    if not uri.startswith(f"{SCHEME}/"):
        raise ForbiddenPath(
            f"'{uri}' is not an address of the internal storage; it must begin with kestra:///"
        )
    return safe_path(uri.removeprefix(SCHEME))


def safe_path(path: str) -> str:
    """Return the path relative to its root, without `.` and empty parts; raises ForbiddenPath on `..`."""
    if "\0" in path or "\\" in path or ".." in path.split("/"):
        raise ForbiddenPath(f"'{path}' leaves its folder; `..` and backslashes are not allowed")
    clean = normpath("/" + path).lstrip("/")
    return "" if clean == "." else clean
