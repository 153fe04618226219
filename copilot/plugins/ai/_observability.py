"""Records of what models did, kept by another service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from copilot.plugins.ai._conversation import Talk
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._provider import ModelProvider
from engine.plugin import Plugin, RunContext


class Observability(Plugin):
    """A service that keeps questions, answers and tokens."""

    abstract: ClassVar[bool] = True

    def record(self, ctx: RunContext, provider: ModelProvider, asked: Sequence[Message], talk: Talk) -> None:
        """Send what happened; a service that cannot be reached is a warning, not a failure."""
        raise NotImplementedError
