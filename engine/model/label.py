"""Labels: text keys and text values on flows and executions."""

from __future__ import annotations

from typing import TypeAlias

Labels: TypeAlias = dict[str, str]
"""Key to value; later assignments win."""

SYSTEM_PREFIX = "system."
CORRELATION_ID = "system.correlationId"


def nested(labels: Labels) -> dict[str, object]:
    """Split dotted keys into maps, as `{{ labels.system.correlationId }}` reads them."""
    tree: dict[str, object] = {}
    for key, value in labels.items():
        *parents, leaf = key.split(".")
        level = tree
        for part in parents:
            below = level.get(part)
            if not isinstance(below, dict):
                below = level[part] = {}
            level = below
        level[leaf] = value
    return tree
