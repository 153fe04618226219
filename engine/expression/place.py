"""Places in a text and the errors that name them."""

from __future__ import annotations

from engine.errors import ExpressionSyntaxError


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of an offset from 0."""
    offset = min(max(offset, 0), len(text))
    line = text.count("\n", 0, offset) + 1
    return line, offset - text.rfind("\n", 0, offset)


def failure(text: str, offset: int, message: str) -> ExpressionSyntaxError:
    """Return the error that names the place."""
    line, column = place(text, offset)
    return ExpressionSyntaxError(f"{message} at line {line}, column {column}", line=line, column=column)
