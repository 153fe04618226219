"""A member: this process as an owner whose life the database tells the others of."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engine.errors import FlowsmithError
from engine.model.id import new_id
from engine.storage.ports import Members

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
LOOK_SECONDS = 1.5


class Member:
    """An owner among any number of processes on any number of machines."""

    def __init__(self, members: Members, role: str) -> None:
        self._members = members
        self._role = role
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.id = new_id()
        members.enter(self.id, role)

    def alive(self, owner: str | None) -> bool:
        """Tell whether the process behind an id still runs. What has no owner waits to be handed out."""
        return owner is None or owner == self.id or self._members.alive(owner)

    def watch(self, lost: Callable[[], None], look: Callable[[], None]) -> None:
        """Beat from now on, and look after what others have left."""
        for name, every, act in (
            ("beat", BEAT_SECONDS, _Beat(self, self._members, lost)),
            ("look", LOOK_SECONDS, look),
        ):
            thread = threading.Thread(target=self._repeat, args=(every, act), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _repeat(self, every: float, act: Callable[[], None]) -> None:
        while not self._over.wait(every):
            try:
                act()
            except FlowsmithError as error:
                logger.warning("the other processes cannot be seen: %s", error.message)
            except Exception:
                logger.exception("looking after the other processes failed")

    def renew(self) -> None:
        """Come back under another id."""
        fresh = new_id()
        self._members.enter(fresh, self._role)
        former, self.id = self.id, fresh
        self._members.leave(former)

    def close(self) -> None:
        """Leave; what is unfinished can be taken up by others at once."""
        self._over.set()
        for thread in self._threads:
            thread.join(10)
        self._members.leave(self.id)


class _Beat:
    """Says that this process is alive, and hears once when it was declared dead."""

    def __init__(self, member: Member, members: Members, lost: Callable[[], None]) -> None:
        self._member = member
        self._members = members
        self._lost = lost
        self._told: str | None = None

    def __call__(self) -> None:
        mine = self._member.id
        if not self._members.beat(mine) and self._told != mine and mine == self._member.id:
            self._told = mine
            self._lost()
