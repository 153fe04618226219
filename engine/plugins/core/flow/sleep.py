"""Wait for some time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Duration, Example, Wait, WaitTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Sleep(WaitTask):
    """Wait for some time, then go on. Occupies no worker while it waits; a kill ends it at once.

    Fails only when the duration is not one.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Wait a moment",
            """\
id: wait-a-moment
namespace: company.team
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT0.1S
""",
            runnable=True,
        ),
    )

    duration: Duration
    """How long to wait, like `PT5S` or `PT1H30M`."""

    def wait(self, ctx: RunContext) -> Wait:
        """Wait until now plus the duration."""
        return Wait(ctx.clock() + self.duration)
