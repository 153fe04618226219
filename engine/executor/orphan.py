"""Orphans: executions whose owner is gone, and who takes them up."""

from __future__ import annotations

from engine.executor.owner import Owner
from engine.storage.ports import ExecutionStore


def adopt(executions: ExecutionStore, owner: Owner) -> list[str]:
    """Become the owner of executions whose process is gone; returns their ids, oldest first.

    Of several processes that try it at the same moment only one becomes the owner of each.
    """
    alive: dict[str | None, bool] = {}
    left = []
    for id_, known in executions.unfinished():
        if known not in alive:
            alive[known] = owner.alive(known)
        if not alive[known]:
            left.append((id_, known))
    return executions.take_over(left, owner.id) if left else []
