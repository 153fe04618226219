"""Flows of a namespace and their files in a repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from engine.errors import OperatorError, TaskFailure

if TYPE_CHECKING:
    from engine.plugin import RunContext
    from engine.plugin.flows import Flows
    from engine.storage.ports import FlowRow

_LINE: Final = re.compile(
    r"^namespace:[ \t]*(?P<quote>['\"]?)[\w.-]+(?P=quote)(?=[ \t]*(?:#[^\n]*)?\r?$)", re.MULTILINE
)
_HEAD: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*---[ \t]*\r?\n")
_ID: Final = re.compile(r"^id:[ \t]*['\"]?([\w.-]+)", re.MULTILINE)
_NAMESPACE: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*(?:\.[a-zA-Z0-9][a-zA-Z0-9_-]*)*")


def checked_namespace(name: str, namespace: str) -> str:
    """Return a namespace; raises TaskFailure, with the name of the property, when it is none."""
    if not _NAMESPACE.fullmatch(namespace):
        raise TaskFailure(f"{name}: '{namespace}' is not a namespace; write it like company.team")
    return namespace


def in_namespace(source: str, namespace: str) -> str:
    """Return the text of a flow with another namespace in it; every other byte stays."""
    changed, count = _LINE.subn(f"namespace: {namespace}", source, count=1)
    if count:
        return changed
    head = _HEAD.match(source)
    begin = head.end() if head else 0
    return f"{source[:begin]}namespace: {namespace}\n{source[begin:]}"


def written_id(source: str) -> str | None:
    """Return the id a text gives its flow, also when the text is no valid flow."""
    match = _ID.search(source)
    return match[1] if match else None


def is_flow_file(name: str) -> bool:
    """Tell whether a file holds a flow, by its name."""
    return name.lower().endswith((".yml", ".yaml"))


def namespace_of(name: str, root: str) -> str:
    """Return the namespace of a file: every folder around it is a level below `root`."""
    return ".".join((root, *name.split("/")[:-1]))


def flows_of(ctx: RunContext) -> Flows:
    """Return what saves flows; raises OperatorError where the task runs without an engine."""
    if ctx.world.flows is None:
        raise OperatorError("flows cannot be saved here; run this task inside the service")
    return ctx.world.flows


def saved_flows(ctx: RunContext, namespace: str, *, children: bool) -> Iterator[FlowRow]:
    """Yield the latest revision of the flows of a namespace, and of those below if wanted."""
    for row in ctx.world.store.flows.latest():
        if row.namespace == namespace or (children and row.namespace.startswith(f"{namespace}.")):
            yield row
