"""Queues: for which workers an execution waits. Its flow may say so, or the place its namespace has."""

from __future__ import annotations

import re

from engine.errors import SettingsError
from engine.model.flow import Flow
from engine.storage.ports import DEFAULT_QUEUE

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Queues:
    """Queues by namespace, written as `company.ml=gpu, company.data=data`; those below are included.

    Raises SettingsError that names the part which cannot be read.
    """

    def __init__(self, text: str = "", setting: str = "FLOWSMITH_NAMESPACE_QUEUES") -> None:
        found: dict[str, str] = {}
        for part in (part.strip() for part in text.split(",")):
            if not part:
                continue
            namespace, _, queue = (side.strip() for side in part.partition("="))
            if not (_NAME.fullmatch(namespace) and _NAME.fullmatch(queue)):
                raise SettingsError(f"{setting}: '{part}': write namespace=queue")
            if namespace in found:
                raise SettingsError(f"{setting}: '{namespace}' is named twice; keep one of them")
            found[namespace] = queue
        self._queues = found

    def of(self, flow: Flow) -> str:
        """Return the queue: that of the flow's worker group, of the nearest namespace, or the default."""
        if flow.worker_group:
            return flow.worker_group
        namespace = flow.namespace
        while namespace:
            if namespace in self._queues:
                return self._queues[namespace]
            namespace = namespace.rpartition(".")[0]
        return DEFAULT_QUEUE
