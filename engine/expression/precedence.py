"""How tightly operators bind; a higher number binds tighter."""

from __future__ import annotations

from typing import Final

BINARY: Final = {
    "or": 10,
    "and": 15,
    "contains": 20,
    "in": 20,
    "==": 30,
    "equals": 30,
    "!=": 30,
    ">": 30,
    "<": 30,
    ">=": 30,
    "<=": 30,
    "+": 40,
    "-": 40,
    "*": 60,
    "/": 60,
    "%": 60,
    "~": 110,
    "..": 120,
    "??": 120,
    "???": 120,
}
"""All of them group to the left; the condition `? :` binds weakest and groups to the right."""

TEST: Final = 20
FILTER: Final = 100
UNARY: Final = {"not": 500, "-": 500, "+": 500}

WORDS: Final = frozenset({"or", "and", "not", "is", "contains", "in", "equals"})
"""Operators that are words, so they cannot be the name of a variable or follow a dot."""
