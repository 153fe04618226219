"""Run every benchmark, or the named ones: `python -m bench engine`."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    *("engine", "language", "load", "service", "startup"),
    *("peers", "triggers", "scripts", "page", "scaleout", "retrieval", "copilot"),
)


def main() -> int:
    """Print the figures; a benchmark whose target is missed says so, but does not fail."""
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}")
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
