"""Values of a Python file without running it: literals, names of constants, f-strings, time deltas."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from copilot.skills.fix.rules.timing import duration_text
from engine.model.json import Json

_UNITS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class Code(str):
    """A value that can only be had by running the file: its source text."""

    __slots__ = ()


def value_of(node: ast.expr | None, names: Mapping[str, Json]) -> Json:
    """Return the value of an expression; `Code` where it cannot be known, deltas as `PT<seconds>S`."""
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return (
            node.value if isinstance(node.value, str | int | float | bool | None) else Code(ast.unparse(node))
        )
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [value_of(item, names) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {
            str(value_of(key, names)): value_of(item, names)
            for key, item in zip(node.keys, node.values, strict=True)
            if key is not None
        }
    if isinstance(node, ast.JoinedStr):
        return _joined(node, names)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = value_of(node.operand, names)
        return -inner if isinstance(inner, int | float) else Code(ast.unparse(node))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = value_of(node.left, names), value_of(node.right, names)
        if (
            isinstance(left, str)
            and isinstance(right, str)
            and not isinstance(left, Code)
            and not isinstance(right, Code)
        ):
            return left + right
    if isinstance(node, ast.Call) and called(node) == "timedelta":
        return _delta(node, names)
    return Code(ast.unparse(node))


def whole(duration: str) -> str:
    """Write `PT300S` as `PT5M`; other texts, such as code, become five minutes."""
    seconds = duration.removeprefix("PT").removesuffix("S")
    return duration_text(int(seconds)) if seconds.isdigit() else "PT5M"


def called(node: ast.Call) -> str:
    """Return the last name of what is called: `airflow.models.DAG(...)` is `DAG`."""
    function = node.func
    return (
        function.attr
        if isinstance(function, ast.Attribute)
        else function.id
        if isinstance(function, ast.Name)
        else ""
    )


def keywords_of(node: ast.Call, names: Mapping[str, Json]) -> dict[str, Json]:
    """Return the keyword arguments of a call."""
    return {item.arg: value_of(item.value, names) for item in node.keywords if item.arg is not None}


def _joined(node: ast.JoinedStr, names: Mapping[str, Json]) -> Json:
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
            continue
        value = value_of(part.value, names) if isinstance(part, ast.FormattedValue) else Code("")
        if isinstance(value, Code) or not isinstance(value, str | int | float):
            return Code(ast.unparse(node))
        text += str(value)
    return text


def _delta(node: ast.Call, names: Mapping[str, Json]) -> Json:
    given = keywords_of(node, names)
    if node.args:
        given["days"] = value_of(node.args[0], names)
    if set(given) - set(_UNITS) or any(not isinstance(item, int | float) for item in given.values()):
        return Code(ast.unparse(node))
    return f"PT{int(sum(_UNITS[unit] * item for unit, item in given.items()))}S"
