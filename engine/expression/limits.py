"""Limits that keep one template from taking the service down; each is far above what a real flow needs."""

from __future__ import annotations

from typing import Final

from engine.errors import ExpressionError

MAX_OUTPUT: Final = 64 * 1024 * 1024
"""Characters of one rendered text, or of any text made on the way."""

MAX_STEPS: Final = 1_000_000
"""Rounds of all loops of one rendering, nested ones and macros included."""

MAX_ITEMS: Final = 1_000_000
"""Items of one list or map made by an expression (ranges, merges, splits)."""

MAX_NODES: Final = 3_000_000
"""Values inside of one value that is written, compared or changed; parts that are shared count each time."""

MAX_DEPTH: Final = 60
"""Nesting of brackets, calls and tags in a template."""

MAX_CHAIN: Final = 200
"""Operators, filters or attributes in a row."""

MAX_RENDERS: Final = 20
"""`render()` inside of `render()`, and macros that call macros."""

MAX_PASSES: Final = 100
"""Passes of one `render()` over its own result."""

REGEX_SECONDS: Final = 2.0
"""Time of one regular expression over one text."""

LONG_MIN: Final = -(2**63)
LONG_MAX: Final = 2**63 - 1
INT_MAX: Final = 2**31 - 1


def checked_size(size: int, what: str = "text") -> None:
    """Raise ExpressionError when a text of this many characters may not be made."""
    if size > MAX_OUTPUT:
        raise ExpressionError(f"The {what} would be longer than {MAX_OUTPUT} characters")


def checked_items(size: int, what: str = "list") -> None:
    """Raise ExpressionError when a list or map of this many items may not be made."""
    if size > MAX_ITEMS:
        raise ExpressionError(f"The {what} would have more than {MAX_ITEMS} items")
