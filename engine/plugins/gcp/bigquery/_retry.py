"""When a BigQuery job that failed is started again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.plugin import Duration, Part


class RetryAuto(Part):
    """How long to wait between attempts, and when to give up."""

    type: Literal["constant", "exponential", "random"] = "exponential"
    """`constant` waits `interval`, `exponential` ever longer, `random` between `minInterval` and
    `maxInterval`."""
    interval: Duration = timedelta(seconds=5)
    """The first wait."""
    min_interval: Duration = timedelta(seconds=5)
    """The shortest wait of `random`."""
    max_interval: Duration = timedelta(minutes=60)
    """The longest wait."""
    delay_factor: Annotated[float, Field(ge=1)] = 2.0
    """How much longer each wait of `exponential` is than the one before."""
    max_duration: Duration | None = timedelta(minutes=15)
    """After this time there is no new attempt."""
    max_attempts: Annotated[int | None, Field(ge=1, alias="maxAttempts")] = 10
    """Number of attempts, the first included."""
    warning_on_retry: bool = False
    """Whether the task ends WARNING when it took more than one attempt."""

    def wait(self, attempt: int, passed: timedelta) -> timedelta | None:
        """Return how long to wait after the attempt, counted from 1; None when it was the last."""
        if self.max_attempts is not None and attempt >= self.max_attempts:
            return None
        if self.type == "constant":
            wait = self.interval
        elif self.type == "random":
            low, high = self.min_interval.total_seconds(), self.max_interval.total_seconds()
            wait = timedelta(seconds=random.uniform(low, max(low, high)))
        else:
            longest = self.max_interval.total_seconds()
            seconds = self.interval.total_seconds() * self.delay_factor ** min(attempt - 1, 100)
            wait = timedelta(seconds=min(seconds, longest))
        too_late = self.max_duration is not None and passed + wait > self.max_duration
        return None if too_late else wait


def is_passing(error: Any, reasons: Sequence[str], messages: Sequence[str]) -> bool:
    """Tell whether an error of the client is one that another attempt may not meet."""
    told = getattr(error, "errors", None) or []
    named = {str(item.get("reason")) for item in told if isinstance(item, dict)}
    said = " ".join([str(error), *(str(item.get("message")) for item in told if isinstance(item, dict))])
    return bool(named & set(reasons)) or any(message.lower() in said.lower() for message in messages)
