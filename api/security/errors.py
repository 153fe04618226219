"""What can be wrong with accounts and tokens; each is one of the engine's kinds, which have their status."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import Conflict, FlowsmithError, NotFound


class AccountUnknown(NotFound):
    """There is no such account."""


class AccountExists(Conflict):
    """The name is taken."""


class TokenUnknown(NotFound):
    """There is no such token, or it belongs to somebody else."""


class Unacceptable(FlowsmithError):
    """A name, password, scope or expiry cannot be used; `problems` says why, each in a sentence."""

    def __init__(self, field: str, problems: Sequence[str]) -> None:
        super().__init__(f"{field}: {'; '.join(problems)}")
        self.field = field
        self.problems = tuple(problems)
