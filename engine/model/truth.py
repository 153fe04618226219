"""What counts as true where a rendered text decides (`runIf`, `If.condition`, `Fail.condition`)."""

from __future__ import annotations

FALSY_TEXTS = frozenset({"", "false", "0", "-0"})


def is_truthy(text: str | None) -> bool:
    """Tell whether a rendered text is true: everything but null, empty, `false`, `0` and `-0`, untrimmed."""
    return text is not None and text not in FALSY_TEXTS
