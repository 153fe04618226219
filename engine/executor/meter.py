"""The meter: what the loop of an executor counts, for those who watch the service. Never reset.

Written by the loop thread only; who reads it from another thread may see the last step half counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Histogram:
    """How often a number was at most each bound; the last count is of those beyond all."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a number."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Meter:
    """Counts of one process since it started."""

    def __init__(self) -> None:
        self.transaction_seconds = Histogram(SECONDS)
        """How long storing a step took, its commit included."""
        self.together = Histogram(SIZES)
        """How many events were stored by one transaction (the group commit)."""
        self.rows = 0
        """Rows of executions, task runs, logs and metrics given to the store."""
        self.failures = 0
        """Transactions that failed and were tried again."""
        self.taken = 0
        """Executions that were taken from the queue."""
        self.released = 0
        """Executions of processes that were gone, handed out again by this one."""
        self.lost = 0
        """How often this process was taken for dead."""
        self.expired_executions = 0
        """Executions, and `expired_logs`: log entries, removed because of their age."""
        self.expired_logs = 0
