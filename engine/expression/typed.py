"""Output that keeps types: one value stays what it is, more values are added up."""

from __future__ import annotations

from engine.errors import ExpressionError
from engine.expression.operator import add
from engine.expression.value import class_name, is_number
from engine.model.json import Json

_NOTHING = object()


class TypedOutput:
    """Collects what a template writes."""

    def __init__(self) -> None:
        self._value: Json = _NOTHING

    @property
    def value(self) -> Json:
        """What was written, null when nothing was."""
        return None if self._value is _NOTHING else self._value

    def write(self, value: Json) -> None:
        """Add one value: texts join, numbers sum. Raises ExpressionError for anything else."""
        current = self._value
        if current is _NOTHING or current is None:
            self._value = value
        elif value is None or value == "":
            return
        elif current == "" and isinstance(current, str):
            self._value = value
        elif (isinstance(current, str) and isinstance(value, str)) or (
            is_number(current) and is_number(value)
        ):
            self._value = add(current, value)
        else:
            raise ExpressionError(f"Tried to add {class_name(value)} to {class_name(current)}")
