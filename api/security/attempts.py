"""How often somebody may guess: wrong passwords within a window of time."""

from __future__ import annotations

import ipaddress
import math
from collections import deque
from collections.abc import Callable

MOST_KEYS = 10_000


class Attempts:
    """At most `limit` failures in `window` seconds for a key. For one event loop; not thread-safe."""

    def __init__(self, limit: int, window: float, monotonic: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window
        self._monotonic = monotonic
        self._failures: dict[str, deque[float]] = {}

    def wait(self, key: str) -> int:
        """Return the whole seconds until the next attempt is allowed, 0 for now."""
        failures = self._recent(key)
        if len(failures) < self._limit:
            return 0
        return max(1, math.ceil(failures[-self._limit] + self._window - self._monotonic()))

    def begin(self, key: str) -> None:
        """Count an attempt. It is counted before it is checked, so that many at once are no way around."""
        if key not in self._failures and len(self._failures) >= MOST_KEYS:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(key, deque()).append(self._monotonic())

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def took_back(self, key: str) -> None:
        """Forget the last attempt of a key: it was right, and says nothing of those before."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key)
        if failures is None:
            return deque()
        oldest = self._monotonic() - self._window
        while failures and failures[0] <= oldest:
            failures.popleft()
        if not failures:
            del self._failures[key]
        return failures


def network_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or the /64 of an IPv6 one, which one person has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
